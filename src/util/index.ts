export { LruCache } from "./lru-cache.ts";
export { type Sorted, topologicalSort } from "./topological-sort.ts";
export { type Component, connectedComponents } from "./connected-components.ts";
export { withDeepStack } from "./with-deep-stack.ts";
export { warn } from "./warn.ts";
