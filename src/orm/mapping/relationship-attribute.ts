import type { EventHub } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import {
  type AliasNode,
  constants,
  type ExpressionNode,
  FROM,
  type FromNode,
  type HasFrom,
  type HasJoin,
  type JoinPlanStep,
  type JoinStepNode,
  type Operand,
  rowsOf,
  type SelectNode,
  selectNode,
  SqlExpression,
  withRows,
} from "../../sql/index.ts";
import { booleanType } from "../../types/index.ts";
import { stateOf } from "../state/instance-state.ts";
import type { RelationEvents } from "./attribute-hooks.ts";
import type { RelationshipProperty } from "./entity-mapper.ts";
import { allOf, columnThrough, joinSteps, throughSource } from "./join-condition.ts";

/** How one query sees a relationship. */
export interface RelationView {
  /** The alias it leads to; `null`: the class itself. */
  readonly target?: FromNode | null;
  /** Conditions added to it, written for the plain class or for that alias. */
  readonly criteria?: readonly ExpressionNode[];
}

/** A relationship in a query: `User.c.posts`. */
export class RelationshipAttribute<C = unknown, Many extends boolean = boolean> implements HasJoin {
  declare readonly "~relation"?: { readonly target: C; readonly many: Many };
  readonly key: string;
  readonly #find: () => RelationshipProperty;
  readonly #source: FromNode | null;
  readonly #target: FromNode | null;
  readonly #criteria: readonly ExpressionNode[];

  constructor(
    key: string,
    find: () => RelationshipProperty,
    source: FromNode | null = null,
    { target = null, criteria = [] }: RelationView = {},
  ) {
    this.key = key;
    this.#find = find;
    this.#source = source;
    this.#target = target;
    this.#criteria = criteria;
  }

  /** What was found out about the relationship. */
  get property(): RelationshipProperty {
    return this.#find();
  }

  /** Who listens to changes of the relationship. */
  get "~events"(): EventHub<RelationEvents> {
    const { parent, isMany } = this.property;
    return parent.listeners.hooksOf(this.key).eventsOf(isMany);
  }

  /** The same relationship leading to an alias of the target: `.join(Node.c.children.ofType(child))`. */
  ofType(target: HasFrom): RelationshipAttribute<C, Many> {
    return new RelationshipAttribute(this.key, this.#find, this.#source, {
      target: target[FROM](),
      criteria: withRows(this.#criteria, [rowsOf(target)]),
    });
  }

  /** Only related objects that meet these conditions, too, for a join or a loader option: `User.c.posts.and(Post.c.isPublic)`. */
  and(...criteria: readonly Operand<boolean | null>[]): RelationshipAttribute<C, Many> {
    return new RelationshipAttribute(this.key, this.#find, this.#source, {
      target: this.#target,
      criteria: [...this.#criteria, ...criteria.map((condition) => condition.toNode())],
    });
  }

  /** What is special about it in this query. */
  get "~view"(): Required<RelationView> & { readonly source: FromNode | null } {
    return { source: this.#source, target: this.#target, criteria: this.#criteria };
  }

  /** True where a related object meets the conditions (of a collection). */
  any(...criteria: readonly Operand<boolean | null>[]): SqlExpression<boolean> {
    return this.#exists(criteria);
  }
  /** True where the related object meets the conditions. */
  has(...criteria: readonly Operand<boolean | null>[]): SqlExpression<boolean> {
    return this.#exists(criteria);
  }
  /** True where the collection has the object. */
  contains(object: object): SqlExpression<boolean> {
    const { property } = this;
    return this.#exists([
      new SqlExpression(
        allOf(property.target.primaryKey.map((column) => this.#equals(column.column.toNode(), object, column.key))),
      ),
    ]);
  }
  /** True where the related object is this one; `null`: where there is none. */
  eq(object: object | null): SqlExpression<boolean> {
    const { property } = this;
    if (property.direction !== "many-to-one") {
      if (object === null) return this.#exists([]).not();
      return this.contains(object);
    }
    const source = this.#source ?? property.parent.table.node;
    const items = property.pairs.map((pair) => {
      const left = columnThrough(pair.from, source);
      return object === null ? isNull(left) : this.#equals(left, object, property.target.property(pair.to).key);
    });
    return new SqlExpression(allOf(items));
  }

  "~join"(): readonly JoinPlanStep[] {
    const { property } = this;
    const source = this.#source ?? property.parent.table.node;
    const plain = property.target.table.node;
    const target = this.#target ?? plain;
    const steps = joinSteps(property, source, target, property.secondary);
    const last = steps.at(-1);
    if (this.#criteria.length === 0 || last === undefined) return steps;
    const criteria = this.#criteria.map((condition) => throughSource(condition, plain, target));
    return [...steps.slice(0, -1), { ...last, on: allOf([last.on, ...criteria]) }];
  }

  #equals(left: ExpressionNode, object: object, key: string): ExpressionNode {
    const state = stateOf(object);
    if (state === undefined || !state.mapper.isA(this.property.target)) {
      throw new ArgumentError(`${this.property.name} is compared with objects of ${this.property.target.name}.`);
    }
    const right: ExpressionNode = {
      kind: "literal",
      value: state.value(key),
      type: left.type,
      name: null,
      required: false,
      expanding: false,
    };
    return { kind: "binary", operator: "eq", left, right, type: booleanType, escape: null };
  }

  #exists(criteria: readonly Operand[]): SqlExpression<boolean> {
    const { property } = this;
    const source = this.#source ?? property.parent.table.node;
    const plain = property.target.table.node;
    // a query of the class about the class: the inner table needs a name of its own
    const alias: AliasNode = { kind: "alias", source: plain, name: null, lateral: false };
    const target = this.#target ?? (property.parent.table === property.target.table ? alias : plain);
    const steps = joinSteps(property, source, target, property.secondary);
    const [first] = steps;
    if (first === undefined) return new SqlExpression(constants.false);
    // conditions are written for the plain class; here it is the inner table that they are about
    const conditions = [...this.#criteria, ...criteria.map((condition) => condition.toNode())].map((condition) =>
      target === alias ? throughSource(condition, plain, alias) : condition,
    );
    return new SqlExpression({ kind: "exists", query: existsQuery(first, steps[1], conditions), type: booleanType });
  }
}

function isNull(left: ExpressionNode): ExpressionNode {
  return { kind: "binary", operator: "is", left, right: constants.null, type: booleanType, escape: null };
}

function existsQuery(
  first: JoinPlanStep,
  second: JoinPlanStep | undefined,
  criteria: readonly ExpressionNode[],
): SelectNode {
  const joins: readonly JoinStepNode[] =
    second === undefined
      ? []
      : [{ kind: "join-step", left: first.target, target: second.target, on: second.on, outer: false, full: false }];
  return selectNode([{ kind: "raw", sql: "1", type: booleanType }], {
    from: [first.target],
    joins,
    where: [first.on, ...criteria],
  });
}
