import { AsyncContextAlreadyStarted, AsyncContextNotStarted } from "../errors/index.ts";
import type { Answer, Mode } from "./mode.ts";

/** A promise of something that is to be awaited before it is used, and closed at the end. */
export interface Starting<T> extends Promise<T> {
  /**
   * The same as awaiting it, in SQLAlchemy's word.
   *
   * @throws AsyncContextAlreadyStarted the second time.
   */
  start(): Promise<T>;
}

/** What a call answers that begins something: the thing itself in a sync class. */
export type Start<M extends Mode, T> = M extends "sync" ? T : Starting<T>;

/** Marks what a call answered. */
export type Starter = <M extends Mode, T>(mode: M, answer: Answer<M, T>) => Start<M, T>;

/** What a promise is of. */
export interface Promised {
  /** The class of the thing: a use of the promise as if it were the thing is told by its members. */
  readonly type: () => { readonly prototype: object };
  /** `connection` */
  readonly name: string;
  /** `engine.connect()` */
  readonly call: string;
  /**
   * Whether it is closed when it comes after a mistaken use: nobody has it, and it would be held for ever. A transaction is
   * its connection's or session's affair; a rollback of ours could take along what came after it.
   */
  readonly isClosedLate: boolean;
}

const started = new WeakSet<object>();

/** Makes promises of one call tell what is missing when they are used as what they promise. */
export function starting(promised: Promised): Starter {
  let prototype: object | null = null;
  return <M extends Mode, T>(mode: M, answer: Answer<M, T>): Start<M, T> => {
    if (mode === "sync") return answer as Start<M, T>;
    prototype ??= prototypeFor(promised);
    // not a subclass: awaiting a promise of the runtime's own keeps the caller's frames in the stacks of errors
    return Object.setPrototypeOf(answer, prototype) as Start<M, T>;
  };
}

/** The `start()` of what was awaited already; a sync class has none. */
export type Started<M extends Mode> = M extends "sync" ? undefined : () => never;

/** Makes it: it refuses. */
export function alreadyStarted<M extends Mode>(mode: M, name: string): Started<M> {
  return (mode === "sync" ? undefined : () => refuseStart(name)) as Started<M>;
}

function refuseStart(name: string): never {
  throw new AsyncContextAlreadyStarted(
    `This ${name} is already started: what was awaited is in use. For another ${name} repeat the call that gave it.`,
  );
}

function prototypeFor(promised: Promised): object {
  const traps: PropertyDescriptorMap = {};
  for (let type = promised.type().prototype; type !== Object.prototype; type = Object.getPrototypeOf(type) as object) {
    for (const key of Reflect.ownKeys(type)) {
      if (Object.hasOwn(traps, key) || key in Promise.prototype || key === Symbol.iterator) continue;
      const member = Object.getOwnPropertyDescriptor(type, key);
      if (member !== undefined) traps[key] = trap(promised, key, member);
    }
  }
  traps["start"] = { value: start, configurable: true, writable: true };
  return Object.create(Promise.prototype, traps) as object;

  function start(this: Promise<unknown>): Promise<unknown> {
    if (started.has(this)) refuseStart(promised.name);
    started.add(this);
    return this;
  }
}

/** A member that refuses: a method when it is called, a getter when it is read, as a block does at its beginning. */
function trap(promised: Promised, key: string | symbol, member: PropertyDescriptor): PropertyDescriptor {
  const refuse = function (this: Promise<unknown>): never {
    if (promised.isClosedLate) abandon(this);
    throw new AsyncContextNotStarted(
      `${promised.call} was not awaited, so there is no ${promised.name} yet; ${useOf(key)} was tried on its promise. Write ` +
        `${remedy(promised, key)}.`,
    );
  };
  const isMethod = typeof member.value === "function" || key === Symbol.asyncIterator;
  return isMethod ? { value: refuse, configurable: true, writable: true } : { get: refuse, configurable: true };
}

function useOf(key: string | symbol): string {
  if (key === Symbol.asyncDispose || key === Symbol.dispose) return "`using`";
  return key === Symbol.asyncIterator ? "a loop" : `\`${String(key)}\``;
}

function remedy({ call, name }: Promised, key: string | symbol): string {
  if (key === Symbol.asyncDispose || key === Symbol.dispose) return `await using ${name} = await ${call}`;
  if (key === Symbol.asyncIterator) return `for await (const row of await ${call})`;
  return `(await ${call}).${String(key)}, or const ${name} = await ${call}`;
}

/** Nobody has what the promise gives: it is closed when it is there. */
function abandon(promise: Promise<unknown>): void {
  promise.then(closeLate).catch(() => undefined);
}

async function closeLate(value: unknown): Promise<void> {
  await (value as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
}
