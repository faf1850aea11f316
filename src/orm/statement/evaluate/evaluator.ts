import type { Parameters } from "../../../compile/index.ts";
import { UnevaluatableError } from "../../../errors/index.ts";
import type { BinaryNode, ColumnNode, ExpressionNode, LiteralNode } from "../../../sql/index.ts";
import type { SqlType } from "../../../types/index.ts";
import type { ColumnProperty, EntityMapper } from "../../mapping/entity-mapper.ts";
import { trackerOf } from "../../mapping/tracker.ts";
import { type InstanceState, NOT_LOADED } from "../../state/instance-state.ts";
import { type Arithmetic, calculate } from "./arithmetic.ts";
import { type Domain, domainOf, inOrder, type Order, ordered, sameValue } from "./compare.ts";
import { matchesLike } from "./like.ts";
import { allTrue, anyTrue, opposite, type Truth, UNDECIDED } from "./logic.ts";

/** Works an expression out for one object, from what the database last said of its row. */
export type Evaluate = (state: InstanceState) => unknown;

/** An expression that can be worked out in JavaScript. */
export interface Evaluable {
  readonly run: Evaluate;
  /** `null`: only nulls are told from other values. */
  readonly domain: Domain | "null" | null;
  /** Whole numbers only. */
  readonly isWhole: boolean;
}

const wholeKinds: ReadonlySet<string> = new Set(["smallint", "integer", "bigint"]);
const arithmetics: ReadonlySet<string> = new Set<Arithmetic>(["add", "sub", "mul", "div", "mod"]);
const orders: ReadonlySet<string> = new Set<Order>(["lt", "le", "gt", "ge"]);

/** Turns expressions over one class's table into JavaScript that says exactly what the database says, or refuses. */
export class Evaluator {
  readonly #mapper: EntityMapper;
  readonly #params: Parameters;
  readonly #byName: ReadonlyMap<string, ColumnProperty>;
  /** The columns that the expressions read. */
  readonly read: Set<ColumnProperty> = new Set();

  constructor(mapper: EntityMapper, params: Parameters = {}) {
    this.#mapper = mapper;
    this.#params = params;
    this.#byName = new Map(mapper.columns.map((property) => [property.column.name, property]));
  }

  /** Tells of an object whether all conditions are true for its row. */
  criteria(conditions: readonly ExpressionNode[]): (state: InstanceState) => Truth {
    const truths = conditions.map((condition) => this.#truth(condition));
    return (state) => allTrue(each(truths, state));
  }

  /** @throws UnevaluatableError */
  expression(node: ExpressionNode): Evaluable {
    switch (node.kind) {
      case "column":
        return this.#column(node);
      case "literal":
        return this.#literal(node);
      case "constant":
        return constant(node.name);
      case "label":
        return this.expression(node.operand);
      case "junction": {
        const items = node.items.map((item) => this.#truth(item));
        const combine = node.operator === "and" ? allTrue : anyTrue;
        return truth((state) => combine(each(items, state)));
      }
      case "between": {
        const low = this.#compare("ge", node.operand, node.low);
        const high = this.#compare("le", node.operand, node.high);
        const run = (state: InstanceState): Truth => allTrue([low(state), high(state)]);
        return truth(node.negated ? (state) => opposite(run(state)) : run);
      }
      case "unary":
        return this.#unary(node.operator, node.operand);
      case "binary":
        return this.#binary(node);
      default:
        return refuse(`a ${node.kind.replaceAll("-", " ")} is worked out by the database only`);
    }
  }

  #truth(node: ExpressionNode): (state: InstanceState) => Truth {
    const { run, domain } = this.expression(node);
    if (domain !== "boolean" && domain !== "null") refuse("a condition is not a boolean");
    return run as (state: InstanceState) => Truth;
  }

  #column(node: ColumnNode): Evaluable {
    const property = node.table === this.#mapper.table.node ? this.#byName.get(node.name) : undefined;
    if (property === undefined) return refuse(`${node.key} is a column of something other than ${this.#mapper.name}`);
    this.read.add(property);
    const { index } = property;
    return {
      domain: domainOf(property.column.type),
      isWhole: wholeKinds.has(property.column.type.kind),
      run: (state) => {
        const kept = state.row?.[index];
        return kept === NOT_LOADED || kept === undefined ? UNDECIDED : kept;
      },
    };
  }

  #literal(node: LiteralNode): Evaluable {
    if (node.expanding) return refuse("a list stands where a value is needed");
    const value = kept(this.#given(node), node.type);
    return { domain: value === null ? "null" : domainOf(node.type), isWhole: isWhole(value), run: () => value };
  }

  #given(node: LiteralNode): unknown {
    if (node.name !== null && Object.hasOwn(this.#params, node.name)) return this.#params[node.name];
    return node.required ? refuse(`the parameter ${String(node.name)} has no value`) : node.value;
  }

  #unary(operator: string, operand: ExpressionNode): Evaluable {
    if (operator === "not") {
      const inner = this.#truth(operand);
      return truth((state) => opposite(inner(state)));
    }
    if (operator !== "neg") return refuse(`${operator} is the database's affair`);
    const inner = this.#whole(operand);
    return { domain: "number", isWhole: true, run: (state) => withValues(0, inner(state), minus) };
  }

  #binary(node: BinaryNode): Evaluable {
    const { operator, left, right } = node;
    if (operator === "is" || operator === "isNot") return this.#is(operator, left, right);
    if (operator === "in" || operator === "notIn") return this.#in(operator, left, right);
    if (operator === "eq" || operator === "ne" || orders.has(operator))
      return truth(this.#compare(operator, left, right));
    if (operator === "isDistinctFrom" || operator === "isNotDistinctFrom") return this.#distinct(operator, left, right);
    if (operator === "like" || operator === "notLike") return this.#like(node);
    if (operator === "concat") return this.#concat(left, right);
    if (arithmetics.has(operator)) return this.#arithmetic(operator as Arithmetic, left, right);
    return refuse(`the operator ${operator} is the database's affair`);
  }

  #is(operator: string, left: ExpressionNode, right: ExpressionNode): Evaluable {
    if (right.kind !== "constant" || right.name === "default" || right.name === "star")
      return refuse("IS needs a constant");
    const { run, domain } = this.expression(left);
    const { kind, conversions } = left.type;
    if (kind === "json" || kind === "jsonb" || conversions !== undefined)
      return refuse(`null may be a value of ${kind}`);
    if (right.name !== "null" && domain !== "boolean") return refuse("IS TRUE needs a boolean");
    const wanted = right.name === "null" ? null : right.name === "true";
    const isSame = (value: unknown): Truth => (value === UNDECIDED ? UNDECIDED : value === wanted);
    return truth(operator === "is" ? (state) => isSame(run(state)) : (state) => opposite(isSame(run(state))));
  }

  #in(operator: string, left: ExpressionNode, right: ExpressionNode): Evaluable {
    const item = this.expression(left);
    const domain = comparable(item, { domain: item.domain });
    const members = this.#members(right, domain);
    const isAny = (state: InstanceState): Truth => {
      if (members.length === 0) return false;
      const value = item.run(state);
      return anyTrue(members.map((member) => same(domain, value, member(state))));
    };
    return truth(operator === "in" ? isAny : (state) => opposite(isAny(state)));
  }

  #members(right: ExpressionNode, domain: Domain | "null"): readonly Evaluate[] {
    if (right.kind === "literal" && right.expanding) {
      const list = this.#given(right);
      if (!Array.isArray(list)) return refuse("IN needs a list");
      return list.map((member: unknown) => {
        const value = kept(member, right.type);
        return () => value;
      });
    }
    if (right.kind !== "tuple") return refuse("IN over a query is worked out by the database only");
    return right.items.map((item) => {
      const member = this.expression(item);
      comparable({ domain }, member);
      return member.run;
    });
  }

  #compare(operator: string, left: ExpressionNode, right: ExpressionNode): (state: InstanceState) => Truth {
    const [first, second] = [this.expression(left), this.expression(right)];
    const domain = comparable(first, second);
    if (operator === "eq") return (state) => same(domain, first.run(state), second.run(state));
    if (operator === "ne") return (state) => opposite(same(domain, first.run(state), second.run(state)));
    if (domain !== "null" && !ordered.has(domain)) return refuse(`the order of ${domain} is the database's affair`);
    const compare = (a: unknown, b: unknown): Truth =>
      domain === "null" ? null : inOrder(domain, operator as Order, a, b);
    return (state) => withValues(first.run(state), second.run(state), compare) as Truth;
  }

  #distinct(operator: string, left: ExpressionNode, right: ExpressionNode): Evaluable {
    const [first, second] = [this.expression(left), this.expression(right)];
    const domain = comparable(first, second);
    const isSame = (state: InstanceState): Truth => {
      const [a, b] = [first.run(state), second.run(state)];
      if (a === UNDECIDED || b === UNDECIDED) return UNDECIDED;
      return a === null || b === null ? a === b : same(domain, a, b);
    };
    return truth(operator === "isNotDistinctFrom" ? isSame : (state) => opposite(isSame(state)));
  }

  #like({ operator, left, right, escape }: BinaryNode): Evaluable {
    const [text, pattern] = [this.#text(left), this.#text(right)];
    const matches = (a: unknown, b: unknown): Truth => matchesLike(a as string, b as string, escape ?? "\\");
    const run = (state: InstanceState): Truth => withValues(text(state), pattern(state), matches) as Truth;
    return truth(operator === "like" ? run : (state) => opposite(run(state)));
  }

  #concat(left: ExpressionNode, right: ExpressionNode): Evaluable {
    const [first, second] = [this.#text(left), this.#text(right)];
    const join = (a: unknown, b: unknown): string => `${a as string}${b as string}`;
    return { domain: "text", isWhole: false, run: (state) => withValues(first(state), second(state), join) };
  }

  #text(node: ExpressionNode): Evaluate {
    const { run, domain } = this.expression(node);
    // a uuid or enumeration is text here, but not on every database
    if (domain === "null" || (domain === "text" && (node.type.kind === "string" || node.type.kind === "unicode")))
      return run;
    return refuse("only text is joined and searched as text");
  }

  #arithmetic(operator: Arithmetic, left: ExpressionNode, right: ExpressionNode): Evaluable {
    const [first, second] = [this.#whole(left), this.#whole(right)];
    const compute = (a: unknown, b: unknown): unknown => calculate(operator, a, b);
    return {
      domain: "number",
      isWhole: operator !== "div",
      run: (state) => withValues(first(state), second(state), compute),
    };
  }

  // fractions may be decimal or binary, as the database and driver will have it
  #whole(node: ExpressionNode): Evaluate {
    const { run, isWhole: whole, domain } = this.expression(node);
    return domain === "null" || whole ? run : refuse("arithmetic with fractions is the database's affair");
  }
}

/** The form in which rows keep a value. */
function kept(value: unknown, type: SqlType): unknown {
  return value === null || value === undefined ? null : trackerOf(type).snapshot(value);
}

function isWhole(value: unknown): boolean {
  return typeof value === "bigint" || Number.isSafeInteger(value);
}

function* each(truths: readonly ((state: InstanceState) => Truth)[], state: InstanceState): Iterable<Truth> {
  for (const run of truths) yield run(state);
}

function truth(run: (state: InstanceState) => Truth): Evaluable {
  return { run, domain: "boolean", isWhole: false };
}

function constant(name: string): Evaluable {
  if (name === "null") return { run: () => null, domain: "null", isWhole: false };
  if (name === "true" || name === "false") return truth(() => name === "true");
  return refuse(`${name.toUpperCase()} is the database's affair`);
}

function same(domain: Domain | "null", left: unknown, right: unknown): Truth {
  return withValues(left, right, (a, b) => (domain === "null" ? null : sameValue(domain, a, b))) as Truth;
}

/** NULL makes NULL; what is not decided stays so. */
function withValues(left: unknown, right: unknown, compute: (left: unknown, right: unknown) => unknown): unknown {
  if (left === null || right === null) return null;
  return left === UNDECIDED || right === UNDECIDED ? UNDECIDED : compute(left, right);
}

function minus(left: unknown, right: unknown): unknown {
  return calculate("sub", left, right);
}

type Compared = Pick<Evaluable, "domain">;

/** How two expressions compare. @throws UnevaluatableError where that is the database's affair */
function comparable(left: Compared, right: Compared): Domain | "null" {
  if (left.domain === null || right.domain === null)
    return refuse("values of this type compare as the database will have it");
  if (left.domain === "null") return right.domain;
  if (right.domain !== "null" && right.domain !== left.domain)
    return refuse(`${left.domain} is compared with ${right.domain}`);
  return left.domain;
}

function refuse(reason: string): never {
  throw new UnevaluatableError(reason);
}
