export type * from "./nodes.ts";
export { type Node, type NodeKind, nodeFields } from "./roles.ts";
