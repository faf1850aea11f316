export type * from "./nodes.ts";
export { type Node, type NodeKind, nodeFields, type Role } from "./roles.ts";
