import type { ExpressionNode, SelectNode } from "./nodes/index.ts";

const noParts: Omit<SelectNode, "columns"> = {
  kind: "select",
  from: [],
  joins: [],
  where: [],
  groupBy: [],
  having: [],
  orderBy: [],
  limit: null,
  offset: null,
  distinct: false,
  distinctOn: [],
  forUpdate: null,
  correlate: null,
  ctes: [],
  options: [],
};

/** A SELECT of these columns, with the parts given and no others. */
export function selectNode(
  columns: readonly ExpressionNode[],
  parts: Partial<Omit<SelectNode, "columns">> = {},
): SelectNode {
  return { ...noParts, ...parts, columns };
}
