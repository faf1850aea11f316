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
export class FunctionExpression<V = unknown, N extends string = string> extends Expression<V> {
  readonly #node: FunctionNode;
  constructor(node: FunctionNode) {
    super();
    this.#node = node;
  }
  toNode(): FunctionNode {
    return this.#node;
  }
  /** The name it has in a row. */
  get key(): N {
    return this.#node.name as N;
  }
  /** Only over the rows for which all conditions are true. */
  filter(...criteria: readonly Operand<boolean | null>[]): FunctionExpression<V, N> {
    return new FunctionExpression({ ...this.#node, filter: junction("and", criteria).toNode() });
  }
  /** Over distinct values. */
  distinct(): FunctionExpression<V, N> {
    return new FunctionExpression({ ...this.#node, distinct: true });
  }
  /** The same call, known to answer this type. */
  returns<W>(type: HasType<W>): FunctionExpression<W, N> {
    return new FunctionExpression({ ...this.#node, type: type.toType() });
  }
}

type Argument<V = unknown> = V | Operand<V | null>;

/** The functions whose types are known. */
interface KnownFunctions {
  /** Counts rows, or values that are not NULL. */
  count(value?: Operand): FunctionExpression<number, "count">;
  sum<V>(value: Operand<V>): FunctionExpression<V | null, "sum">;
  /** The mean, as a number. */
  avg(value: Operand): FunctionExpression<number | null, "avg">;
  min<V>(value: Operand<V>): FunctionExpression<V | null, "min">;
  max<V>(value: Operand<V>): FunctionExpression<V | null, "max">;
  coalesce<V>(...values: readonly [Operand<V>, ...Argument<V>[]]): FunctionExpression<NonNullable<V>, "coalesce">;
  lower(value: Argument<string>): FunctionExpression<string, "lower">;
  upper(value: Argument<string>): FunctionExpression<string, "upper">;
  length(value: Argument): FunctionExpression<number, "length">;
  abs<V>(value: Operand<V>): FunctionExpression<V, "abs">;
  /** The present moment, in milliseconds, UTC. */
  now(): FunctionExpression<Date, "now">;
  currentDate(): FunctionExpression<string, "current_date">;
  rowNumber(): FunctionExpression<number, "row_number">;
  rank(): FunctionExpression<number, "rank">;
  denseRank(): FunctionExpression<number, "dense_rank">;
  lag<V>(value: Operand<V>, ...rest: readonly Argument[]): FunctionExpression<V | null, "lag">;
  lead<V>(value: Operand<V>, ...rest: readonly Argument[]): FunctionExpression<V | null, "lead">;
  firstValue<V>(value: Operand<V>): FunctionExpression<V, "first_value">;
  lastValue<V>(value: Operand<V>): FunctionExpression<V, "last_value">;
}

/**
 * SQL functions by name. The ones listed know their types; of others `.returns(type)` says what they answer.
 *
 * A call with the name in front is the same, also where `noUncheckedIndexedAccess` would have every name checked.
 */
export type Functions = KnownFunctions & AnyFunction<[name: string]> & { readonly [name: string]: AnyFunction };

// what it answers is taken from where it stands: `User.c.name.eq(func.initcap(x))`
type AnyFunction<Name extends readonly string[] = []> = <V = unknown>(
  ...args: readonly [...Name, ...unknown[]]
) => FunctionExpression<V>;

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
  if (typeof name !== "string" || !NAME.test(name))
    throw new ArgumentError(`${JSON.stringify(name)} is no name of a SQL function.`);
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
 * SQL functions by name: `func.count()`, `func.lower(User.c.name)`, `func("any_function", 1, 2)`.
 *
 * Functions without a known type answer what the driver gives; `.returns(type)` says more.
 */
export const func: Functions = new Proxy((() => {}) as unknown as Functions, {
  apply: (_target, _this, [name, ...args]: [string, ...unknown[]]) => call(name, args),
  get: (_target, name) => {
    if (typeof name === "symbol" || name === "then") return undefined;
    return (...args: readonly unknown[]) => call(name, args);
  },
});
