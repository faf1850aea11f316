/** Items that depend on each other in a circle, or one item alone. */
export interface Component<T> {
  readonly items: readonly T[];
  /** Its items depend on each other, or its one item on itself. */
  readonly isCircle: boolean;
}

/** The strongly connected components of a graph, each after those it depends on (Tarjan). */
export function connectedComponents<T>(
  items: readonly T[],
  dependencies: (item: T) => readonly T[],
): readonly Component<T>[] {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return [{ items, isCircle: dependencies(only).includes(only) }];
  const known = new Set(items);
  const indexes = new Map<T, number>();
  const low = new Map<T, number>();
  const stack: T[] = [];
  const onStack = new Set<T>();
  const components: Component<T>[] = [];
  const visit = (item: T): void => {
    indexes.set(item, indexes.size);
    low.set(item, indexes.get(item) as number);
    stack.push(item);
    onStack.add(item);
    for (const next of dependencies(item)) {
      if (!known.has(next)) continue;
      if (!indexes.has(next)) {
        visit(next);
        lower(item, low.get(next) as number);
      } else if (onStack.has(next)) lower(item, indexes.get(next) as number);
    }
    if (low.get(item) === indexes.get(item)) components.push(close(item));
  };
  const lower = (item: T, value: number): void => {
    if (value < (low.get(item) as number)) low.set(item, value);
  };
  const close = (root: T): Component<T> => {
    const members = stack.splice(stack.indexOf(root));
    for (const member of members) onStack.delete(member);
    return { items: members, isCircle: members.length > 1 || dependencies(root).includes(root) };
  };
  for (const item of items) if (!indexes.has(item)) visit(item);
  return components;
}
