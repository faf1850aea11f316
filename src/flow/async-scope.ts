/** Remembers across awaits inside what a function was called. */
export interface AsyncScope<T> {
  run<R>(value: T, body: () => R): R;
  getStore(): T | undefined;
}

/** Asked for without an import, which runtimes without `node:async_hooks` would fail on; `null` on those. */
export function asyncScope<T>(): AsyncScope<T> | null {
  const hooks = globalThis.process?.getBuiltinModule?.("node:async_hooks");
  return hooks === undefined ? null : new hooks.AsyncLocalStorage<T>();
}
