import type { Parameters } from "../../compile/index.ts";
import { UnevaluatableError } from "../../errors/index.ts";
import { type ExpressionNode, literalNode, type UpdateNode } from "../../sql/index.ts";
import type { SqlType } from "../../types/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { domainOf, isDay, isNumber } from "./evaluate/compare.ts";
import { type Evaluable, type Evaluate, Evaluator } from "./evaluate/evaluator.ts";
import { UNDECIDED } from "./evaluate/logic.ts";

/** A column that an UPDATE writes, and what objects in memory are given for it. */
export interface WrittenColumn {
  readonly property: ColumnProperty;
  readonly evaluate: Evaluate;
  /** The value is what a SELECT would answer; otherwise it is shown, but read anew when asked for. */
  readonly isExact: boolean;
}

/** An UPDATE with what the columns' `onUpdate` adds to it, so that all that it writes is known. */
export function withUpdateDefaults(node: UpdateNode): UpdateNode {
  if (node.columns === null) return node;
  const given = new Set(node.columns);
  const added = node.target.columns.filter((column) => column.onUpdate !== null && !given.has(column.name));
  if (added.length === 0) return node;
  const values = added.map(
    ({ onUpdate, type }): ExpressionNode =>
      typeof onUpdate === "function" ? literalNode(onUpdate() ?? null, type) : (onUpdate as ExpressionNode),
  );
  return {
    ...node,
    columns: [...node.columns, ...added.map((column) => column.name)],
    values: [...node.values, ...values],
  };
}

/** The columns an UPDATE writes, those included that the database computes. */
export function writtenColumns(mapper: EntityMapper, node: UpdateNode, params: Parameters): readonly WrittenColumn[] {
  const names = node.columns ?? [];
  const before = new Set<ColumnProperty>();
  const written: WrittenColumn[] = [];
  for (const property of mapper.columns) {
    if (property.column.spec.computed !== undefined) written.push({ property, evaluate: undecided, isExact: true });
  }
  names.forEach((name, index) => {
    const property = mapper.columns.find(({ column }) => column.name === name);
    const value = node.values[index];
    if (property === undefined || value === undefined) return;
    written.push(writtenColumn(mapper, property, { value, params, before }));
    before.add(property);
  });
  return written;
}

interface Assignment {
  readonly value: ExpressionNode;
  readonly params: Parameters;
  /** Columns assigned before this one: MySQL and MariaDB show their new values to what comes after. */
  readonly before: ReadonlySet<ColumnProperty>;
}

function writtenColumn(mapper: EntityMapper, property: ColumnProperty, assignment: Assignment): WrittenColumn {
  const { value, params, before } = assignment;
  const { type } = property.column;
  if (value.kind === "literal" && value.name === null && !value.expanding) return givenColumn(property, value.value);
  const evaluator = new Evaluator(mapper, params);
  const found = tryExpression(evaluator, value);
  const isSettled = found !== null && isStoredAs(found, type) && ![...evaluator.read].some((read) => before.has(read));
  if (!isSettled) return { property, evaluate: undecided, isExact: true };
  return { property, isExact: true, evaluate: (state) => stored(found.run(state), type) };
}

function undecided(): typeof UNDECIDED {
  return UNDECIDED;
}

function tryExpression(evaluator: Evaluator, node: ExpressionNode): Evaluable | null {
  try {
    return evaluator.expression(node);
  } catch (error) {
    if (error instanceof UnevaluatableError) return null;
    throw error;
  }
}

function isStoredAs(found: Evaluable, type: SqlType): boolean {
  if (found.domain === "null") return true;
  return found.domain === domainOf(type) && (found.domain !== "number" || type.kind === "double" || found.isWhole);
}

/** A value of the program: objects show it at once. */
export function givenColumn(property: ColumnProperty, value: unknown): WrittenColumn {
  const { type } = property.column;
  if (value === null || value === undefined) return { property, evaluate: () => null, isExact: true };
  const kept = property.tracker.snapshot(value);
  const same = stored(kept, type);
  return { property, evaluate: () => same, isExact: isKeptAsGiven(type, value) };
}

const asGiven: ReadonlySet<SqlType["kind"]> = new Set([
  "smallint",
  "integer",
  "bigint",
  "double",
  "boolean",
  "string",
  "unicode",
  "enumeration",
  "timestamp",
  "bytes",
]);

/** Decimals, times and JSON come back in the form that the database gives them. */
function isKeptAsGiven(type: SqlType, value: unknown): boolean {
  if (type.conversions !== undefined) return false;
  if (type.kind === "date") return isDay(value);
  if (type.kind === "uuid") return typeof value === "string" && value === value.toLowerCase();
  return asGiven.has(type.kind);
}

/** A number in the form in which the column's values are read. */
function stored(value: unknown, type: SqlType): unknown {
  if (type.conversions !== undefined || !isNumber(value)) return value;
  if (type.kind === "bigint") return Number.isInteger(value) || typeof value === "bigint" ? BigInt(value) : value;
  const isInteger = type.kind === "integer" || type.kind === "smallint";
  return isInteger && typeof value === "bigint" ? Number(value) : value;
}
