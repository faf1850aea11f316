import type { Column } from "../../schema/index.ts";
import {
  type ColumnNode,
  type ExpressionNode,
  type FromNode,
  type JoinPlanStep,
  type Node,
  replaceNodes,
} from "../../sql/index.ts";
import { booleanType } from "../../types/index.ts";
import type { ColumnPair, RelationshipProperty } from "./entity-mapper.ts";

/** A column as seen through a FROM element: its table, an alias of it, or a query that selects it. */
export function columnThrough(column: Column, source: FromNode): ColumnNode {
  const node = column.toNode();
  if (node.table === source) return node;
  // a query gives its columns the names of their keys
  return { ...node, id: 0, table: source, name: isQuery(source) ? node.key : node.name };
}

function isQuery(source: FromNode): boolean {
  return source.kind === "cte" || (source.kind === "alias" && source.source.kind !== "table");
}

/** All of the conditions; `true` for none cannot happen here, since a relationship has at least one pair. */
export function allOf(items: readonly ExpressionNode[]): ExpressionNode {
  const [only] = items;
  if (items.length === 1 && only !== undefined) return only;
  return { kind: "junction", operator: "and", items, type: booleanType };
}

function pairConditions(pairs: readonly ColumnPair[], from: FromNode, to: FromNode): readonly ExpressionNode[] {
  return pairs.map((pair) => ({
    kind: "binary",
    operator: "eq",
    left: columnThrough(pair.from, from),
    right: columnThrough(pair.to, to),
    type: booleanType,
    escape: null,
  }));
}

/** Conditions written for the plain tables, for aliases of them. */
function moved(property: RelationshipProperty, left: FromNode, right: FromNode): readonly ExpressionNode[] {
  const [parent, target] = [property.parent.table.node, property.target.table.node];
  const place = (node: Node): Node | null => {
    if (node.kind !== "column") return null;
    if (node.table === target) return { ...node, id: 0, table: right };
    return node.table === parent ? { ...node, id: 0, table: left } : node;
  };
  return property.extraCriteria.map((condition) => replaceNodes(condition, place));
}

/** An expression written for a table, for an alias of it. */
export function throughSource(expression: ExpressionNode, table: FromNode, source: FromNode): ExpressionNode {
  if (source === table) return expression;
  return replaceNodes(expression, (node: Node) =>
    node.kind === "column" && node.table === table ? { ...node, table: source } : null,
  );
}

/** How a relationship is joined, from one FROM element to another; a many-to-many goes over `secondary`. */
export function joinSteps(
  property: RelationshipProperty,
  left: FromNode,
  right: FromNode,
  secondary: FromNode | null,
): readonly JoinPlanStep[] {
  const criterion = property.target.criterion(right);
  const rows = criterion === null ? [] : [criterion];
  if (secondary === null) {
    return [
      {
        left,
        target: right,
        on: allOf([...pairConditions(property.pairs, left, right), ...moved(property, left, right), ...rows]),
      },
    ];
  }
  return [
    { left, target: secondary, on: allOf(pairConditions(property.pairs, left, secondary)) },
    {
      left: secondary,
      target: right,
      on: allOf([...pairConditions(property.secondaryPairs, secondary, right), ...rows]),
    },
  ];
}
