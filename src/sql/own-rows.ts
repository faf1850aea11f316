import { ArgumentError } from "../errors/index.ts";
import { booleanType } from "../types/index.ts";
import type { ExpressionNode, JoinStepNode, SelectNode } from "./nodes/index.ts";
import { CRITERION, type HasCriterion, hasCriterion } from "./protocol.ts";

/** Classes that share a table have some of its rows each: the conditions that say which. */

const none: readonly ExpressionNode[] = [];

/** The conditions of the classes among some columns. */
export function rowsOfColumns(columns: readonly ExpressionNode[]): readonly ExpressionNode[] {
  if (!columns.some(isRestricted)) return none;
  return columns.flatMap((column) => (column.kind === "entity" && column.criterion !== null ? [column.criterion] : []));
}

function isRestricted(column: ExpressionNode): boolean {
  return column.kind === "entity" && column.criterion !== null;
}

/** The condition of a class that stands in a FROM; `null` for anything else. */
export function rowsOf(element: unknown): ExpressionNode | null {
  // a mapped class answers; to ask first whether it would is another walk through all that it inherits
  if (typeof element === "function") return (element as Partial<HasCriterion>)[CRITERION]?.() ?? null;
  return hasCriterion(element) ? element[CRITERION]() : null;
}

/** These conditions and the new ones, each once. */
export function withRows(
  where: readonly ExpressionNode[],
  criteria: readonly (ExpressionNode | null)[],
): readonly ExpressionNode[] {
  if (criteria.every(isNull)) return where;
  const news = criteria.filter((criterion) => criterion !== null && !where.includes(criterion));
  return news.length === 0 ? where : [...where, ...(new Set(news) as ReadonlySet<ExpressionNode>)];
}

function isNull(criterion: ExpressionNode | null): boolean {
  return criterion === null;
}

/**
 * Steps of a join to a class, and the WHERE beside them: the class's condition belongs to the join, as an outer one would
 * else lose the rows without a partner.
 */
export function joinedRows(
  node: SelectNode,
  steps: readonly JoinStepNode[],
  target: unknown,
): Pick<SelectNode, "joins" | "where"> {
  let { where } = node;
  const last = steps.length - 1;
  const joins = steps.map((step, index) => {
    const criterion = (index === last ? rowsOf(target) : null) ?? selected(node, step);
    if (criterion === null) return step;
    if (step.on === null && !step.outer && !step.full) {
      where = withRows(where, [criterion]);
      return step;
    }
    if (step.on === null) throw noCondition();
    where = where.filter((condition) => condition !== criterion);
    return mentions(step.on, criterion) ? step : { ...step, on: both(step.on, criterion) };
  });
  return { joins: [...node.joins, ...joins], where };
}

/** Whether a class that is joined, or selected already, has only some rows of its table: most have all. */
export function isAnyRestricted(node: SelectNode, target: unknown): boolean {
  return rowsOf(target) !== null || node.columns.some(isRestricted);
}

/** The condition of a class that is selected from what the step leads to. */
function selected({ columns }: SelectNode, { target }: JoinStepNode): ExpressionNode | null {
  for (const column of columns) if (column.kind === "entity" && column.source === target) return column.criterion;
  return null;
}

function mentions(on: ExpressionNode, criterion: ExpressionNode): boolean {
  if (on === criterion) return true;
  return on.kind === "junction" && on.operator === "and" && on.items.some((item) => mentions(item, criterion));
}

function both(left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  return { kind: "junction", operator: "and", items: [left, right], type: booleanType };
}

function noCondition(): ArgumentError {
  return new ArgumentError(
    "An outer join to a class that shares its table with others needs its condition: join by the relationship, " +
      ".outerJoin(Department.c.managers), or give it as the second argument.",
  );
}
