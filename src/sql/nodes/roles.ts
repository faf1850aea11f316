import type {
  ExpressionNode,
  ForUpdateNode,
  FromNode,
  JoinStepNode,
  OnConflictNode,
  StatementNode,
  ValuesNode,
} from "./nodes.ts";

export type Node =
  | ExpressionNode
  | FromNode
  | ValuesNode
  | JoinStepNode
  | StatementNode
  | ForUpdateNode
  | OnConflictNode;
export type NodeKind = Node["kind"];

/**
 * What a field of a node is; walking, replacing and the cache key all follow from it.
 *
 * - `node`, `nodes`: children
 * - `value`: text, number, flag or list of them: part of the structure
 * - `type`: a SQL type, by its key
 * - `bind`: a value: not part of the structure
 * - `options`: statement options, by their keys
 * - `identity`: what makes the node itself; handled where the kind is
 */
export type Role = "node" | "nodes" | "value" | "type" | "bind" | "options" | "identity";

type RoleOf<T> = { readonly [K in Exclude<keyof T, "kind">]-?: Role };
type Roles = { readonly [K in NodeKind]: RoleOf<Extract<Node, { kind: K }>> };

/** The role of every field of every node; a forgotten field is a compile error. */
const roles: Roles = {
  column: { id: "identity", table: "node", name: "value", key: "value", type: "type" },
  literal: { value: "bind", type: "type", name: "value", required: "value", expanding: "value" },
  binary: { operator: "value", left: "node", right: "node", type: "type", escape: "value" },
  unary: { operator: "value", operand: "node", type: "type" },
  junction: { operator: "value", items: "nodes", type: "type" },
  between: { operand: "node", low: "node", high: "node", negated: "value", type: "type" },
  function: { name: "value", args: "nodes", distinct: "value", filter: "node", type: "type" },
  over: { operand: "node", partitionBy: "nodes", orderBy: "nodes", frame: "value", type: "type" },
  cast: { operand: "node", type: "type", silent: "value" },
  case: { subject: "node", branches: "nodes", otherwise: "node", type: "type" },
  tuple: { items: "nodes", type: "type" },
  exists: { query: "node", type: "type" },
  "scalar-subquery": { query: "node", type: "type" },
  label: { name: "value", operand: "node", type: "type" },
  raw: { sql: "value", type: "type" },
  constant: { name: "value", type: "type" },
  order: { operand: "node", direction: "value", nulls: "value", type: "type" },
  entity: { source: "node", columns: "nodes", mapper: "identity", criterion: "identity", type: "type" },
  bundle: { name: "value", keys: "value", items: "nodes", type: "type" },
  text: { pieces: "value", binds: "nodes", columns: "nodes", type: "type" },
  table: { id: "identity", name: "identity", schema: "identity", foreignKeys: "identity" },
  alias: { source: "node", name: "value", lateral: "value" },
  cte: { token: "identity", name: "value", query: "node", recursive: "value", complete: "value" },
  join: { left: "node", right: "node", on: "node", outer: "value", full: "value" },
  values: { columns: "value", rows: "nodes" },
  "raw-from": { sql: "value" },
  "join-step": { left: "node", target: "node", on: "node", outer: "value", full: "value" },
  "for-update": { read: "value", keyShare: "value", nowait: "value", skipLocked: "value", of: "nodes" },
  select: {
    columns: "nodes",
    from: "nodes",
    joins: "nodes",
    where: "nodes",
    groupBy: "nodes",
    having: "nodes",
    orderBy: "nodes",
    limit: "node",
    offset: "node",
    distinct: "value",
    distinctOn: "nodes",
    forUpdate: "node",
    correlate: "nodes",
    ctes: "nodes",
    options: "options",
  },
  compound: {
    operator: "value",
    queries: "nodes",
    orderBy: "nodes",
    limit: "node",
    offset: "node",
    options: "options",
  },
  "on-conflict": {
    style: "value",
    action: "value",
    targets: "value",
    constraint: "value",
    targetWhere: "node",
    columns: "value",
    values: "nodes",
    where: "node",
  },
  insert: {
    table: "node",
    target: "identity",
    columns: "value",
    values: "nodes",
    query: "node",
    onConflict: "node",
    returning: "nodes",
    ctes: "nodes",
    options: "options",
  },
  update: {
    table: "node",
    target: "identity",
    columns: "value",
    values: "nodes",
    from: "nodes",
    where: "nodes",
    returning: "nodes",
    ctes: "nodes",
    options: "options",
  },
  delete: {
    table: "node",
    target: "identity",
    from: "nodes",
    where: "nodes",
    returning: "nodes",
    ctes: "nodes",
    options: "options",
  },
  ddl: { construct: "identity" },
};

/** The fields of each kind of node with their roles, in a form quick to loop over. */
export const nodeFields: { readonly [K in NodeKind]: readonly (readonly [field: string, role: Role])[] } =
  Object.fromEntries(Object.entries(roles).map(([kind, fields]) => [kind, Object.entries(fields)])) as never;
