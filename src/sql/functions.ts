import { ArgumentError } from "../errors/index.ts";
import {
  bigintType,
  dateType,
  doubleType,
  type HasType,
  integerType,
  type SqlType,
  stringType,
  timestampType,
  unknownType,
} from "../types/index.ts";
import { Expression } from "./expression.ts";
import { constants, operandNode } from "./literal.ts";
import type { ExpressionNode, FunctionNode } from "./nodes/index.ts";
import type { Operand } from "./protocol.ts";
import { junction } from "./expression.ts";

/** A call of a SQL function. */
export class FunctionExpression<V = unknown> extends Expression<V> {
  readonly #node: FunctionNode;
  constructor(node: FunctionNode) {
    super();
    this.#node = node;
  }
  toNode(): FunctionNode {
    return this.#node;
  }
  /** The name it has in a row. */
  get key(): string {
    return this.#node.name;
  }
  /** Only over the rows for which all conditions are true. */
  filter(...criteria: readonly Operand<boolean | null>[]): FunctionExpression<V> {
    return new FunctionExpression({ ...this.#node, filter: junction("and", criteria).toNode() });
  }
  /** Over distinct values. */
  distinct(): FunctionExpression<V> {
    return new FunctionExpression({ ...this.#node, distinct: true });
  }
  /** The same call, known to answer this type. */
  returns<W>(type: HasType<W>): FunctionExpression<W> {
    return new FunctionExpression({ ...this.#node, type: type.toType() });
  }
}

type Argument<V = unknown> = V | Operand<V | null>;

/** SQL functions. Any name works; the ones listed know their types. */
export interface Functions {
  /** Counts rows, or values that are not NULL. */
  count(value?: Operand): FunctionExpression<number>;
  sum<V>(value: Operand<V>): FunctionExpression<V | null>;
  /** The mean, as a number. */
  avg(value: Operand): FunctionExpression<number | null>;
  min<V>(value: Operand<V>): FunctionExpression<V | null>;
  max<V>(value: Operand<V>): FunctionExpression<V | null>;
  coalesce<V>(...values: readonly [Operand<V>, ...Argument<V>[]]): FunctionExpression<NonNullable<V>>;
  lower(value: Argument<string>): FunctionExpression<string>;
  upper(value: Argument<string>): FunctionExpression<string>;
  length(value: Argument): FunctionExpression<number>;
  abs<V>(value: Operand<V>): FunctionExpression<V>;
  /** The present moment, in milliseconds, UTC. */
  now(): FunctionExpression<Date>;
  currentDate(): FunctionExpression<string>;
  rowNumber(): FunctionExpression<number>;
  rank(): FunctionExpression<number>;
  denseRank(): FunctionExpression<number>;
  lag<V>(value: Operand<V>, ...rest: readonly Argument[]): FunctionExpression<V | null>;
  lead<V>(value: Operand<V>, ...rest: readonly Argument[]): FunctionExpression<V | null>;
  firstValue<V>(value: Operand<V>): FunctionExpression<V>;
  lastValue<V>(value: Operand<V>): FunctionExpression<V>;
  // any other function: what it answers is said by .returns(type)
  // oxlint-disable-next-line no-explicit-any -- an index signature must admit the typed members above
  [name: string]: (...args: any[]) => FunctionExpression<any>;
}

const sameAsArgument = (args: readonly ExpressionNode[]): SqlType => args[0]?.type ?? unknownType;

function sumType(args: readonly ExpressionNode[]): SqlType {
  const type = sameAsArgument(args);
  if (type.kind === "smallint") return integerType;
  return type.kind === "real" ? doubleType : type;
}

const resultTypes: Readonly<Record<string, SqlType | ((args: readonly ExpressionNode[]) => SqlType)>> = {
  count: integerType,
  sum: sumType,
  avg: doubleType,
  min: sameAsArgument,
  max: sameAsArgument,
  coalesce: sameAsArgument,
  lower: stringType,
  upper: stringType,
  length: integerType,
  abs: sameAsArgument,
  now: timestampType,
  currentDate: dateType,
  rowNumber: integerType,
  rank: integerType,
  denseRank: integerType,
  lag: sameAsArgument,
  lead: sameAsArgument,
  firstValue: sameAsArgument,
  lastValue: sameAsArgument,
  lastInsertId: bigintType,
};

/** The typed functions whose SQL name is not simply the name given. */
const sqlNames: Readonly<Record<string, string>> = {
  currentDate: "current_date",
  rowNumber: "row_number",
  denseRank: "dense_rank",
  firstValue: "first_value",
  lastValue: "last_value",
};

// a function's name is SQL: only what is an identifier (with dots for schemas) is let through
const NAME = /^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*$/;

function call(name: string, args: readonly unknown[]): FunctionExpression {
  if (!NAME.test(name)) throw new ArgumentError(`${JSON.stringify(name)} is no name of a SQL function.`);
  const nodes = name === "count" && args.length === 0 ? [constants.star] : argumentNodes(args);
  const result = Object.hasOwn(resultTypes, name) ? resultTypes[name] : unknownType;
  const type = typeof result === "function" ? result(nodes) : (result ?? unknownType);
  return new FunctionExpression({
    kind: "function",
    name: Object.hasOwn(sqlNames, name) ? (sqlNames[name] ?? name) : name,
    args: nodes,
    distinct: false,
    filter: null,
    type,
  });
}

function argumentNodes(args: readonly unknown[]): readonly ExpressionNode[] {
  const first = args.find((arg) => typeof arg === "object" && arg !== null && "toNode" in arg) as Operand | undefined;
  const type = first?.toNode().type ?? unknownType;
  return args.map((arg) => operandNode(arg, typeof arg === "string" && type.kind !== "string" ? unknownType : type));
}

/**
 * SQL functions by name: `func.count()`, `func.lower(User.c.name)`, `func.any_function(1, 2)`.
 *
 * Functions without a known type answer what the driver gives; `.returns(type)` says more.
 */
export const func: Functions = new Proxy({} as Functions, {
  get: (_target, name) => {
    if (typeof name === "symbol" || name === "then") return undefined;
    return (...args: readonly unknown[]) => call(name, args);
  },
});
