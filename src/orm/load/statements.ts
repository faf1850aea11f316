import {
  constants,
  type ExpressionNode,
  literalNode,
  type SelectNode,
  selectNode,
  type StatementOption,
} from "../../sql/index.ts";
import { booleanType, unknownType } from "../../types/index.ts";
import { entityNode } from "../mapping/declarative-base.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { Mapper } from "../mapping/mapper.ts";

/** An option of the library's own queries: a row that comes again for the sake of a joined collection does no harm. */
export const rowsMayRepeat: StatementOption = { key: "|rows may repeat" };

/** SELECT of a class, with further parts. */
export function selectEntity(
  mapper: EntityMapper,
  where: readonly ExpressionNode[],
  parts: Partial<SelectNode> = {},
): SelectNode {
  const entity = entityNode(mapper as Mapper, mapper.table.node);
  return selectNode([entity], { where: entity.criterion === null ? where : [entity.criterion, ...where], ...parts });
}

/** A column is one of these values; several columns, one of these lists of values. */
export function inList(columns: readonly ExpressionNode[], values: readonly unknown[]): ExpressionNode {
  const [only] = columns;
  const left: ExpressionNode =
    columns.length === 1 && only !== undefined ? only : { kind: "tuple", items: columns, type: unknownType };
  return {
    kind: "binary",
    operator: "in",
    left,
    right: literalNode(values, left.type, { expanding: true }),
    type: booleanType,
    escape: null,
  };
}

/** A column has this value. */
export function equals(column: ExpressionNode, value: unknown): ExpressionNode {
  return {
    kind: "binary",
    operator: "eq",
    left: column,
    right: literalNode(value, column.type),
    type: booleanType,
    escape: null,
  };
}

/** A column has this value, or is NULL. */
export function isValue(column: ExpressionNode, value: unknown): ExpressionNode {
  if (value !== null) return equals(column, value);
  return { kind: "binary", operator: "is", left: column, right: constants.null, type: booleanType, escape: null };
}

/** SELECT of some columns. */
export function selectColumns(columns: readonly ExpressionNode[], where: readonly ExpressionNode[]): SelectNode {
  return selectNode(columns, { where });
}
