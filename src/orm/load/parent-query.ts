import type { AliasNode, ExpressionNode, FromNode, SelectNode, StatementNode } from "../../sql/index.ts";
import { booleanType, unknownType } from "../../types/index.ts";
import type { ColumnPair } from "../mapping/entity-mapper.ts";
import { columnThrough } from "../mapping/join-condition.ts";

/** A query that has loaded objects, and where they stand in it. */
export interface ParentQuery {
  readonly query: SelectNode;
  readonly source: FromNode;
}

/** The query that loaded some parents, if their keys alone can be selected by it; `null` where that would be another query. */
export function parentQuery(node: StatementNode | null, source: FromNode | null): ParentQuery | null {
  if (node?.kind !== "select" || source === null) return null;
  const isShaped = node.distinct || node.distinctOn.length > 0 || node.groupBy.length > 0 || node.ctes.length > 0;
  return isShaped || node.forUpdate !== null ? null : { query: node, source };
}

/** Tells that columns hold what the parents' columns do: `… IN (SELECT id FROM (the parents' query))`. */
export function amongParents(
  columns: readonly ExpressionNode[],
  { query, source }: ParentQuery,
  pairs: readonly ColumnPair[],
): ExpressionNode {
  const isCounted = query.limit !== null || query.offset !== null;
  const inner: SelectNode = {
    ...query,
    columns: pairs.map((pair) => columnThrough(pair.from, source)),
    orderBy: isCounted ? query.orderBy : [],
    correlate: [],
  };
  // MySQL takes no LIMIT in the query of an IN, but in a query of its FROM
  const derived: AliasNode = { kind: "alias", source: inner, name: null, lateral: false };
  const outer: SelectNode = {
    ...inner,
    columns: pairs.map((pair) => columnThrough(pair.from, derived)),
    from: [derived],
    joins: [],
    where: [],
    having: [],
    orderBy: [],
    limit: null,
    offset: null,
    options: [],
  };
  const [only] = columns;
  const left: ExpressionNode =
    columns.length === 1 && only !== undefined ? only : { kind: "tuple", items: columns, type: unknownType };
  const right: ExpressionNode = { kind: "scalar-subquery", query: outer, type: left.type };
  return { kind: "binary", operator: "in", left, right, type: booleanType, escape: null };
}
