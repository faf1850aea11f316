import { mentionedFroms } from "../../../compile/index.ts";
import { ArgumentError, InvalidRequestError } from "../../../errors/index.ts";
import {
  describeWithin,
  type ExpressionNode,
  type FromNode,
  isOperand,
  type JoinStepNode,
  type Node,
  not,
  type Operand,
  or,
  replaceNodes,
  type SelectNode,
  SqlExpression,
  type StatementNode,
  type StatementOption,
} from "../../../sql/index.ts";
import type { EntityMapper } from "../../mapping/entity-mapper.ts";
import { allOf, throughSource } from "../../mapping/join-condition.ts";
import { mapperOf } from "../../mapping/registry.ts";
import type { MappedClass } from "../../typing/entity.ts";

export interface LoaderCriteriaOptions {
  /** Also where the class stands under another name. Default false. */
  readonly includeAliases?: boolean;
  /** Also for what is loaded later from the objects that the query loads. Default true. */
  readonly propagateToLoaders?: boolean;
}

/** A condition on all objects of a class in one statement; made by `withLoaderCriteria()`. */
export class LoaderCriteria implements StatementOption {
  readonly key: string;
  readonly nodes: readonly ExpressionNode[];
  readonly mapper: EntityMapper;
  readonly propagates: boolean;
  readonly #aliases: boolean;

  constructor(mapper: EntityMapper, criteria: ExpressionNode, options: LoaderCriteriaOptions) {
    this.mapper = mapper;
    this.nodes = [criteria];
    this.#aliases = options.includeAliases ?? false;
    this.propagates = options.propagateToLoaders ?? true;
    this.key = `|where ${mapper.id} ${this.#aliases} ${this.propagates}`;
  }

  /** The condition for a FROM element; `null` for one that it does not concern. */
  on(source: FromNode): ExpressionNode | null {
    const { node } = this.mapper.table;
    const isMeant = source === node || (this.#aliases && source.kind === "alias" && source.source === node);
    return isMeant ? this.through(source) : null;
  }

  through(source: FromNode): ExpressionNode {
    const condition = throughSource(this.nodes[0] as ExpressionNode, this.mapper.table.node, source);
    const own = this.mapper.criterion(source);
    if (own === null) return condition;
    // rows of other classes of the table are none of its business
    return or(not(new SqlExpression(own)), new SqlExpression(condition)).toNode();
  }
}

/**
 * A condition that holds wherever a class stands in the statement, and for what is loaded from its objects later:
 * `select(User).options(withLoaderCriteria(Post, (post) => post.isDeleted.eq(false)))`.
 *
 * @throws ArgumentError for anything but a condition.
 */
export function withLoaderCriteria<C extends MappedClass>(
  entity: C,
  criteria: Operand<boolean | null> | ((attributes: C["c"]) => Operand<boolean | null>),
  options: LoaderCriteriaOptions = {},
): LoaderCriteria {
  const mapper = mapperOf(entity);
  const given: unknown = typeof criteria === "function" ? criteria(entity.c) : criteria;
  if (!isOperand(given)) {
    throw new ArgumentError(
      `withLoaderCriteria() takes a condition such as Post.c.isDeleted.eq(false), not ${describeWithin(given)}.`,
    );
  }
  return new LoaderCriteria(mapper, given.toNode(), options);
}

export function criteriaOf(options: readonly StatementOption[]): readonly LoaderCriteria[] {
  return options.filter((option) => option instanceof LoaderCriteria);
}

/** The conditions on related objects of a class. */
export function criteriaFor(
  mapper: EntityMapper,
  options: readonly StatementOption[],
  source: FromNode = mapper.table.node,
): readonly ExpressionNode[] {
  return criteriaOf(options).flatMap((option) => (mapper.isA(option.mapper) ? [option.through(source)] : []));
}

/** A statement with the conditions that its options put on classes, in its subqueries too. */
export function withCriteria(statement: StatementNode): StatementNode {
  const options = "options" in statement ? criteriaOf(statement.options) : [];
  if (options.length === 0 || (statement.kind !== "select" && statement.kind !== "compound")) return statement;
  const on = (source: FromNode): readonly ExpressionNode[] =>
    options.map((option) => option.on(source)).filter((condition) => condition !== null);
  return replaceNodes<StatementNode>(
    statement,
    () => null,
    (node) => finished(node, on, node.kind === "select" && node.options === statement.options),
  );
}

type Conditions = (source: FromNode) => readonly ExpressionNode[];

function finished(node: Node, on: Conditions, isOutermost: boolean): Node {
  if (node.kind === "select") return restricted(node, on, isOutermost);
  if (node.kind === "join") return node.on === null ? node : { ...node, on: allOf([node.on, ...on(node.right)]) };
  return node.kind === "join-step" ? restrictedJoin(node, on) : node;
}

/** What a condition outside a subquery mentions may be the enclosing query's, which sees to it. */
function restricted(node: SelectNode, on: Conditions, isOutermost: boolean): SelectNode {
  const targets = new Set(node.joins.map((step) => step.target));
  const mentioned = mentionedFroms(isOutermost ? [...node.columns, ...node.where] : node.columns);
  const lefts = node.joins.flatMap((step) => (step.left === null ? [] : [step.left]));
  const sources = new Set([...node.from, ...mentioned, ...lefts].flatMap((from) => leaves(from).slice(0, 1)));
  const joined = new Set(node.from.flatMap((from) => leaves(from).slice(1)));
  const own = [...sources].filter((source) => !targets.has(source) && !joined.has(source)).flatMap(on);
  const unconditional = node.joins.filter((step) => step.on === null && !step.outer);
  const where = [...node.where, ...own, ...unconditional.flatMap((step) => on(step.target))];
  return where.length === node.where.length ? node : { ...node, where };
}

function restrictedJoin(step: JoinStepNode, on: Conditions): JoinStepNode {
  const conditions = on(step.target);
  if (conditions.length === 0 || (step.on === null && !step.outer)) return step;
  if (step.on !== null) return { ...step, on: allOf([step.on, ...conditions]) };
  throw new InvalidRequestError(
    "An outer join to a class under withLoaderCriteria() needs its condition: join by the relationship, .join(User.c.posts, { isOuter: true }), " +
      "or give it as the second argument.",
  );
}

function leaves(from: FromNode): readonly FromNode[] {
  return from.kind === "join" ? [...leaves(from.left), ...leaves(from.right)] : [from];
}
