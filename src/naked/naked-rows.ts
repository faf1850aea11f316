import type { RowPlan, RowShape, RowShaper } from "../engine/index.ts";
import { ArgumentError } from "../errors/index.ts";
import { type NakedElement, type NakedObject, nakedReader } from "../hydrate/index.ts";
import type { EntityMapper } from "../orm/index.ts";
import { type EntityNode, type ExpressionNode, resultNodes, type StatementNode } from "../sql/index.ts";

const shapes = new WeakMap<RowPlan, RowShape>();

/**
 * Shapes a statement's rows into plain objects of mapped classes; `undefined` for one that has none among its columns.
 *
 * @throws ArgumentError for loader options: what they ask for would take further statements, or joins.
 */
export function nakedShaper(node: StatementNode): RowShaper | undefined {
  if ("options" in node && node.options.length > 0) throw refusedOption(node.options[0]?.key);
  if (!resultNodes(node).some((column) => column.kind === "entity")) return undefined;
  return (plan) => {
    let shape = shapes.get(plan);
    if (shape === undefined) {
      shape = shapeOf(node, plan);
      shapes.set(plan, shape);
    }
    return shape;
  };
}

function refusedOption(key = ""): ArgumentError {
  return new ArgumentError(
    `A naked session loads no relationships, so it cannot follow .options(…) such as ${key}. Take them away; to have ` +
      "related objects, join and select both classes: select(User, Post).join(User.c.posts).",
  );
}

function shapeOf(node: StatementNode, plan: RowPlan): RowShape {
  const keys: string[] = [];
  const elements: NakedElement[] = [];
  let offset = 0;
  for (const column of resultNodes(node)) {
    if (column.kind === "entity") {
      elements.push(objectAt(column, offset, plan, mayBeMissing(node)));
      keys.push((column.mapper as EntityMapper).name);
    } else {
      elements.push({ prototype: null, offset, decode: plan.decoders[offset] ?? null });
      keys.push(plan.keys[offset] ?? "");
    }
    offset += widthOf(column);
  }
  return { keys, read: nakedReader(elements, plan.jit) };
}

function widthOf(column: ExpressionNode): number {
  return column.kind === "entity" ? column.columns.length : 1;
}

function objectAt(node: EntityNode, offset: number, plan: RowPlan, missing: boolean): NakedObject {
  const { prototype, columns, primaryKey, rules } = node.mapper as EntityMapper;
  return {
    prototype,
    offset,
    columns: columns.map(({ key, index }) => ({ key, decode: plan.decoders[offset + index] ?? null })),
    absent: absence(
      primaryKey.map(({ index }) => index),
      columns.map(({ index }) => index),
      rules.allowPartialPks ? "all" : "any",
      missing,
    ),
  };
}

// without a key only an outer join tells a row of nulls from none
function absence(
  key: readonly number[],
  all: readonly number[],
  when: "any" | "all",
  missing: boolean,
): NakedObject["absent"] {
  if (key.length > 0) return { when, places: key };
  return missing ? { when: "all", places: all } : null;
}

function mayBeMissing(node: StatementNode): boolean {
  return node.kind !== "select" || node.joins.some(({ outer, full }) => outer || full) || node.from.some(hasOuterJoin);
}

function hasOuterJoin(from: { readonly kind: string; readonly outer?: boolean; readonly full?: boolean }): boolean {
  return from.kind === "join" && (from.outer === true || from.full === true);
}
