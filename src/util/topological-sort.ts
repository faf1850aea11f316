export interface Sorted<T> {
  /** Every item after those it depends on; items of a circle in the order given. */
  readonly order: readonly T[];
  /** Items that depend on each other in a circle. */
  readonly circle: ReadonlySet<T>;
}

/** Sorts items so that each comes after those it depends on; otherwise the order given is kept. */
export function topologicalSort<T>(items: readonly T[], dependencies: (item: T) => readonly T[]): Sorted<T> {
  const known = new Set(items);
  const order: T[] = [];
  const state = new Map<T, "open" | "done">();
  const circle = new Set<T>();
  const path: T[] = [];
  const visit = (item: T): void => {
    if (state.get(item) === "done") return;
    if (state.get(item) === "open") {
      for (const member of path.slice(path.indexOf(item))) circle.add(member);
      return;
    }
    state.set(item, "open");
    path.push(item);
    for (const dependency of dependencies(item)) if (known.has(dependency)) visit(dependency);
    path.pop();
    state.set(item, "done");
    order.push(item);
  };
  for (const item of items) visit(item);
  return { order, circle };
}
