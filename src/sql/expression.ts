import { ArgumentError } from "../errors/index.ts";
import {
  bigintType,
  booleanType,
  doubleType,
  type HasType,
  integerType,
  numericType,
  type SqlType,
  stringType,
} from "../types/index.ts";
import { describeWithin } from "./describe-value.ts";
import { constants, expressionNode, literalNode, operandNode } from "./literal.ts";
import type { BinaryNode, ExpressionNode, LabelNode, OrderNode, QueryNode } from "./nodes/index.ts";
import { isOperand, type Operand } from "./protocol.ts";

/** A value of the type, or an expression for one. */
export type OperandOf<V> = V | Operand<V | null>;

/** What may stand after IN: a list of values, or a query of one column. */
export type InOperand<V> = readonly OperandOf<V>[] | { toNode(): QueryNode };

/** How an OVER clause is made. `rows`, `range` and `groups` are [start, end]: negative is preceding, null unbounded. */
export interface WindowOptions {
  readonly partitionBy?: Operand | readonly Operand[];
  readonly orderBy?: Operand | readonly Operand[];
  readonly rows?: readonly [number | null, number | null];
  readonly range?: readonly [number | null, number | null];
  readonly groups?: readonly [number | null, number | null];
}

const ESCAPE = "\\";
const OPERATOR = /^(?:[A-Za-z]+(?: [A-Za-z]+)*|[-+*/<>=~!@#%^&|?:]+)$/;
const COMMENT = /--|\/\*|\*\//;

/**
 * A SQL expression; `V` is the TypeScript type of its value.
 *
 * Operators are methods. They never change the expression, and values given to them travel as parameters.
 */
export abstract class Expression<V = unknown> implements Operand<V> {
  declare readonly "~value"?: V;
  abstract toNode(): ExpressionNode;

  /** The SQL type. */
  get type(): SqlType {
    return this.toNode().type;
  }

  eq(other: OperandOf<V> | null): SqlExpression<boolean> {
    return other === null ? this.isNull() : this.#compare("eq", other);
  }
  ne(other: OperandOf<V> | null): SqlExpression<boolean> {
    return other === null ? this.isNotNull() : this.#compare("ne", other);
  }
  lt(other: OperandOf<V>): SqlExpression<boolean> {
    return this.#compare("lt", other);
  }
  le(other: OperandOf<V>): SqlExpression<boolean> {
    return this.#compare("le", other);
  }
  gt(other: OperandOf<V>): SqlExpression<boolean> {
    return this.#compare("gt", other);
  }
  ge(other: OperandOf<V>): SqlExpression<boolean> {
    return this.#compare("ge", other);
  }
  isNull(): SqlExpression<boolean> {
    return this.#binary("is", constants.null, booleanType);
  }
  isNotNull(): SqlExpression<boolean> {
    return this.#binary("isNot", constants.null, booleanType);
  }
  isDistinctFrom(other: OperandOf<V> | null): SqlExpression<boolean> {
    return this.#compare("isDistinctFrom", other);
  }
  isNotDistinctFrom(other: OperandOf<V> | null): SqlExpression<boolean> {
    return this.#compare("isNotDistinctFrom", other);
  }

  /** True for any of the values. An empty list is never true. */
  in(values: InOperand<V>): SqlExpression<boolean> {
    return this.#in("in", values);
  }
  /** True for none of the values. An empty list is always true. */
  notIn(values: InOperand<V>): SqlExpression<boolean> {
    return this.#in("notIn", values);
  }

  between(low: OperandOf<V>, high: OperandOf<V>): SqlExpression<boolean> {
    return this.#between(low, high, false);
  }
  notBetween(low: OperandOf<V>, high: OperandOf<V>): SqlExpression<boolean> {
    return this.#between(low, high, true);
  }

  /**
   * `%` stands for any text, `_` for one character; a backslash, or the character named by `escape`, takes their
   * meaning away. Case counts.
   */
  like(pattern: string | Operand, escape?: string): SqlExpression<boolean> {
    return this.#like("like", pattern, escape);
  }
  notLike(pattern: string | Operand, escape?: string): SqlExpression<boolean> {
    return this.#like("notLike", pattern, escape);
  }
  /** `like` regardless of case, also where the database has no ILIKE. */
  ilike(pattern: string | Operand, escape?: string): SqlExpression<boolean> {
    return this.#like("ilike", pattern, escape);
  }
  notIlike(pattern: string | Operand, escape?: string): SqlExpression<boolean> {
    return this.#like("notIlike", pattern, escape);
  }
  /** Begins with this text; `%` and `_` in it stand for themselves. */
  startsWith(text: string): SqlExpression<boolean> {
    return this.#like("like", `${escapePattern(text)}%`, ESCAPE);
  }
  /** Ends with this text; `%` and `_` in it stand for themselves. */
  endsWith(text: string): SqlExpression<boolean> {
    return this.#like("like", `%${escapePattern(text)}`, ESCAPE);
  }
  /** Has this text in it; `%` and `_` in it stand for themselves. */
  contains(text: string): SqlExpression<boolean> {
    return this.#like("like", `%${escapePattern(text)}%`, ESCAPE);
  }

  add(other: OperandOf<V>): SqlExpression<V> {
    return this.#arithmetic("add", other);
  }
  sub(other: OperandOf<V>): SqlExpression<V> {
    return this.#arithmetic("sub", other);
  }
  mul(other: OperandOf<V>): SqlExpression<V> {
    return this.#arithmetic("mul", other);
  }
  /** True division: 3 / 2 is 1.5 on every database. */
  div(other: OperandOf<V>): SqlExpression<V> {
    return this.#arithmetic("div", other);
  }
  mod(other: OperandOf<V>): SqlExpression<V> {
    return this.#arithmetic("mod", other);
  }
  neg(): SqlExpression<V> {
    return new SqlExpression({ kind: "unary", operator: "neg", operand: this.toNode(), type: this.type });
  }
  /** Joins texts. */
  concat(other: string | Operand): SqlExpression<string> {
    return this.#binary("concat", operandNode(other, stringType), stringType);
  }

  /** Both conditions. */
  and(other: Operand<boolean | null>): SqlExpression<boolean> {
    return junction("and", [this, other]);
  }
  /** Either condition. */
  or(other: Operand<boolean | null>): SqlExpression<boolean> {
    return junction("or", [this, other]);
  }
  /** The opposite. */
  not(): SqlExpression<boolean> {
    return negate(this.toNode());
  }

  /** Any binary operator of the database: letters, or operator characters. */
  op<W = V>(operator: string, other: unknown, type: HasType<W> | null = null): SqlExpression<W> {
    if (!OPERATOR.test(operator) || COMMENT.test(operator)) {
      throw new ArgumentError(
        `${JSON.stringify(operator)} is no operator. Use letters, or the characters -+*/<>=~!@#%^&|?: (no comments).`,
      );
    }
    return this.#binary(operator, operandNode(other, this.type), type?.toType() ?? this.type);
  }

  asc(): Ordering {
    return new Ordering(order(this.toNode(), "asc"));
  }
  desc(): Ordering {
    return new Ordering(order(this.toNode(), "desc"));
  }
  collate(collation: string): SqlExpression<V> {
    return new SqlExpression({
      kind: "unary",
      operator: `collate:${collation}`,
      operand: this.toNode(),
      type: this.type,
    });
  }

  /** Gives the expression a name in the row. */
  as<N extends string>(name: N): Label<N, V> {
    return new Label(name, this.toNode());
  }

  /** Over a window of rows. */
  over(window: WindowOptions = {}): SqlExpression<V> {
    return new SqlExpression({
      kind: "over",
      operand: this.toNode(),
      partitionBy: nodeList(window.partitionBy),
      orderBy: nodeList(window.orderBy),
      frame: frameOf(window),
      type: this.type,
    });
  }

  #compare(operator: string, other: unknown): SqlExpression<boolean> {
    return this.#binary(operator, operandNode(other, this.type), booleanType);
  }

  #binary<W>(operator: string, right: ExpressionNode, type: SqlType): SqlExpression<W> {
    return new SqlExpression({ kind: "binary", operator, left: this.toNode(), right, type, escape: null });
  }

  #arithmetic(operator: string, other: unknown): SqlExpression<V> {
    const right = operandNode(other, this.type);
    return this.#binary(operator, right, arithmeticType(operator, this.type, right.type));
  }

  #in(operator: "in" | "notIn", values: InOperand<V>): SqlExpression<boolean> {
    return this.#binary(operator, inNode(values, this.type), booleanType);
  }

  #between(low: OperandOf<V>, high: OperandOf<V>, negated: boolean): SqlExpression<boolean> {
    const { type } = this;
    return new SqlExpression({
      kind: "between",
      operand: this.toNode(),
      low: operandNode(low, type),
      high: operandNode(high, type),
      negated,
      type: booleanType,
    });
  }

  #like(operator: string, pattern: string | Operand, escape: string | undefined): SqlExpression<boolean> {
    if (escape !== undefined && [...escape].length !== 1) {
      throw new ArgumentError(`The escape of a LIKE is one character, not ${JSON.stringify(escape)}.`);
    }
    const node: BinaryNode = {
      kind: "binary",
      operator,
      left: this.toNode(),
      right: operandNode(pattern, stringType),
      type: booleanType,
      escape: escape ?? null,
    };
    return new SqlExpression(node);
  }
}

/** An expression made of others. */
export class SqlExpression<V = unknown> extends Expression<V> {
  readonly #node: ExpressionNode;
  constructor(node: ExpressionNode) {
    super();
    this.#node = node;
  }
  toNode(): ExpressionNode {
    return this.#node;
  }
}

/** An expression with a name in the row. */
export class Label<N extends string, V> extends Expression<V> {
  readonly key: N;
  readonly #node: LabelNode;
  constructor(name: N, operand: ExpressionNode) {
    super();
    this.key = name;
    this.#node = { kind: "label", name, operand, type: operand.type };
  }
  toNode(): LabelNode {
    return this.#node;
  }
}

/** An element of ORDER BY. */
export class Ordering implements Operand<never> {
  declare readonly "~value"?: never;
  readonly #node: OrderNode;
  constructor(node: OrderNode) {
    this.#node = node;
  }
  toNode(): OrderNode {
    return this.#node;
  }
  nullsFirst(): Ordering {
    return new Ordering({ ...this.#node, nulls: "first" });
  }
  nullsLast(): Ordering {
    return new Ordering({ ...this.#node, nulls: "last" });
  }
}

function order(operand: ExpressionNode, direction: "asc" | "desc"): OrderNode {
  return { kind: "order", operand, direction, nulls: null, type: operand.type };
}

function nodeList(value: Operand | readonly Operand[] | undefined): readonly ExpressionNode[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map((item: Operand) => expressionNode(item, "over"));
}

function frameOf(window: WindowOptions): string | null {
  for (const unit of ["rows", "range", "groups"] as const) {
    const bounds = window[unit];
    if (bounds !== undefined) return `${unit} ${frameBound(bounds[0])} ${frameBound(bounds[1])}`;
  }
  return null;
}

function frameBound(bound: number | null): string {
  if (bound === null) return "u";
  if (!Number.isInteger(bound)) throw new ArgumentError(`A window frame ends at a whole number of rows, not ${bound}.`);
  return String(bound);
}

function escapePattern(text: string): string {
  return text.replace(/[\\%_]/g, (character) => ESCAPE + character);
}

function inNode<V>(values: InOperand<V>, type: SqlType): ExpressionNode {
  if (!Array.isArray(values)) {
    if (!isOperand(values)) {
      throw new ArgumentError(`in() takes a list of values or a query, not ${describeWithin(values)}: in([1, 2]).`);
    }
    const query = (values as { toNode(): QueryNode }).toNode();
    return { kind: "scalar-subquery", query, type };
  }
  // a list with expressions in it cannot travel as one value
  if (values.some((value) => typeof value === "object" && value !== null && "toNode" in value)) {
    return { kind: "tuple", items: values.map((value) => operandNode(value, type)), type };
  }
  if (values.includes(undefined)) {
    throw new ArgumentError("The list of an IN holds undefined. Leave it out, or pass null.");
  }
  return literalNode(values, type, { expanding: true });
}

const rank = ["smallint", "integer", "bigint", "numeric", "real", "double"];

function arithmeticType(operator: string, left: SqlType, right: SqlType): SqlType {
  const place = Math.max(rank.indexOf(left.kind), rank.indexOf(right.kind));
  if (rank.indexOf(left.kind) < 0 || place < 0) return left;
  if (operator === "div" && place < 3) return doubleType;
  return [integerType, integerType, bigintType, numericType, doubleType, doubleType][place] ?? left;
}

/** Joins conditions by AND or OR; a single one stays as it is. */
export function junction(operator: "and" | "or", conditions: readonly Operand[]): SqlExpression<boolean> {
  const items = conditions.flatMap((condition) => {
    const node = expressionNode(condition, operator);
    return node.kind === "junction" && node.operator === operator ? node.items : [node];
  });
  const [only] = items;
  if (items.length === 1 && only !== undefined) return new SqlExpression(only);
  return new SqlExpression({ kind: "junction", operator, items, type: booleanType });
}

/** All of the conditions; none at all is true. */
export function and(...conditions: readonly Operand<boolean | null>[]): SqlExpression<boolean> {
  return conditions.length === 0 ? new SqlExpression(constants.true) : junction("and", conditions);
}

/** Any of the conditions; none at all is false. */
export function or(...conditions: readonly Operand<boolean | null>[]): SqlExpression<boolean> {
  return conditions.length === 0 ? new SqlExpression(constants.false) : junction("or", conditions);
}

/** The opposite of a condition. */
export function not(condition: Operand<boolean | null>): SqlExpression<boolean> {
  return negate(expressionNode(condition, "not"));
}

function negate(operand: ExpressionNode): SqlExpression<boolean> {
  return new SqlExpression({ kind: "unary", operator: "not", operand, type: booleanType });
}
