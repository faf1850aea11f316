import { UnknownEntity } from "../errors/index.ts";
import { booleanType } from "../types/index.ts";
import { Expression, type SqlExpression } from "./expression.ts";
import { describeValue, isClass, refusal } from "./describe-value.ts";
import { fromNode } from "./from-clause.ts";
import { expressionNode } from "./literal.ts";
import type { ExpressionNode, ForUpdateNode, FromNode, JoinStepNode, SelectNode } from "./nodes/index.ts";
import {
  BUNDLE,
  COLUMNS,
  ENTITY,
  type HasFrom,
  type HasJoin,
  hasBundle,
  hasColumns,
  hasEntity,
  hasFrom,
  hasJoin,
  isOperand,
  JOIN,
  type Operand,
} from "./protocol.ts";
import { joinedRows, rowsOf, rowsOfColumns, withRows } from "./own-rows.ts";
import { type ExecutionOptions, Query } from "./query.ts";
import { selectNode } from "./select-node.ts";
import type { Labels, LabelsOf, RowOf, Selectable } from "./typing/row.ts";

export interface JoinOptions {
  /** LEFT OUTER JOIN. */
  readonly isOuter?: boolean;
  /** FULL OUTER JOIN. */
  readonly full?: boolean;
}

/** Locks to take on the rows. */
export interface ForUpdateOptions {
  /** FOR SHARE. */
  readonly read?: boolean;
  readonly keyShare?: boolean;
  /** Fail at once when a row is locked. */
  readonly nowait?: boolean;
  /** Leave out rows that are locked. */
  readonly skipLocked?: boolean;
  /** Lock only rows of these tables. */
  readonly of?: readonly unknown[];
}

/** What a join leads to: a relationship, a mapped class, a table, an alias or a query. */
export type JoinTarget = HasFrom | HasJoin | { readonly c: object };

/** A SELECT statement; every method gives a new one. */
export class Select<R extends readonly unknown[] = readonly unknown[], L = Labels> extends Query<R, L> {
  readonly #node: SelectNode;

  constructor(node: SelectNode, executionOptions: ExecutionOptions = {}) {
    super(executionOptions);
    this.#node = node;
  }

  toNode(): SelectNode {
    return this.#node;
  }

  protected withNode(changes: Partial<SelectNode>, executionOptions?: ExecutionOptions): this {
    const node: SelectNode = Object.assign(copySelect(this.#node), changes);
    return new Select(node, executionOptions ?? this.executionOptionValues) as this;
  }

  /** Rows for which all conditions are true; several calls add up. */
  where(...criteria: readonly Operand<boolean | null>[]): this {
    return this.withNode({ where: [...this.#node.where, ...expressionNodes(criteria, "where")] });
  }
  /** The same as `where`. */
  filter(...criteria: readonly Operand<boolean | null>[]): this {
    return this.where(...criteria);
  }

  /**
   * Joins along a relationship (`User.c.posts`), or to a class, table or query.
   *
   * Without `on`, tables are joined along the one foreign key between them.
   *
   * @throws ArgumentError when there is no such foreign key, or several.
   */
  join(target: JoinTarget, on?: Operand<boolean | null> | JoinOptions, options: JoinOptions = {}): this {
    const given = on !== undefined && isOperand(on);
    return this.#join(target, given ? on : null, given || on === undefined ? options : on);
  }
  /** LEFT OUTER JOIN; see `join`. */
  outerJoin(target: JoinTarget, on?: Operand<boolean | null>): this {
    return this.#join(target, on ?? null, { isOuter: true });
  }

  /** Names FROM elements that no column mentions, or fixes their order. */
  selectFrom(...elements: readonly unknown[]): this {
    const from = [...this.#node.from, ...elements.map(fromNode)];
    return this.withNode({ from, where: withRows(this.#node.where, elements.map(rowsOf)) });
  }
  groupBy(...expressions: readonly Operand[]): this {
    return this.withNode({ groupBy: [...this.#node.groupBy, ...expressionNodes(expressions, "groupBy")] });
  }
  /** Groups for which all conditions are true. */
  having(...criteria: readonly Operand<boolean | null>[]): this {
    return this.withNode({ having: [...this.#node.having, ...expressionNodes(criteria, "having")] });
  }
  /** No row twice; with expressions, one row for each of their values (PostgreSQL). */
  distinct(...on: readonly Operand[]): this {
    return this.withNode({ distinct: true, distinctOn: expressionNodes(on, "distinct") });
  }
  /** Locks the rows. */
  withForUpdate(options: ForUpdateOptions = {}): this {
    const forUpdate: ForUpdateNode = {
      kind: "for-update",
      read: options.read ?? false,
      keyShare: options.keyShare ?? false,
      nowait: options.nowait ?? false,
      skipLocked: options.skipLocked ?? false,
      of: (options.of ?? []).map(fromNode),
    };
    return this.withNode({ forUpdate });
  }
  /** Leaves these FROM elements to the query around this one. By default all that it has are left to it. */
  correlate(...elements: readonly unknown[]): this {
    return this.withNode({ correlate: elements.map(fromNode) });
  }

  /** Adds columns or entities. */
  addColumns<const E extends readonly Selectable[]>(...entities: E): Select<readonly [...R, ...RowOf<E>], Labels> {
    return new Select(this.#withColumns(selectedList(entities), this.#node.columns), this.executionOptionValues);
  }
  /** The same query with other columns. */
  withOnlyColumns<const E extends readonly Selectable[]>(...entities: E): Select<RowOf<E>, LabelsOf<E>> {
    return new Select(this.#withColumns(selectedList(entities), []), this.executionOptionValues);
  }

  #withColumns(added: readonly ExpressionNode[], before: readonly ExpressionNode[]): SelectNode {
    const node: SelectNode = { ...this.#node, columns: [...before, ...added] };
    // what is joined already has its condition there
    const open = added.filter((column) => column.kind !== "entity" || !isJoined(node, column.source));
    return { ...node, where: withRows(node.where, rowsOfColumns(open)) };
  }

  #join(target: JoinTarget, on: Operand | null, options: JoinOptions): this {
    const outer = options.isOuter ?? false;
    const full = options.full ?? false;
    const steps = joinSteps(target, on).map(
      (step): JoinStepNode => ({ kind: "join-step", left: step.left, target: step.target, on: step.on, outer, full }),
    );
    return this.withNode(joinedRows(this.#node, steps, target));
  }
}

function isJoined({ joins }: SelectNode, source: FromNode): boolean {
  return joins.some((step) => step.target === source);
}

/** A copy, spelled out: 16 ns, where spreading the node and what changes takes 49. */
function copySelect(node: SelectNode): SelectNode {
  return {
    kind: "select",
    columns: node.columns,
    from: node.from,
    joins: node.joins,
    where: node.where,
    groupBy: node.groupBy,
    having: node.having,
    orderBy: node.orderBy,
    limit: node.limit,
    offset: node.offset,
    distinct: node.distinct,
    distinctOn: node.distinctOn,
    forUpdate: node.forUpdate,
    correlate: node.correlate,
    ctes: node.ctes,
    options: node.options,
  };
}

interface PlannedStep {
  readonly left: FromNode | null;
  readonly target: FromNode;
  readonly on: ExpressionNode | null;
}

function joinSteps(target: JoinTarget, on: Operand | null): readonly PlannedStep[] {
  if (hasJoin(target)) {
    const steps = target[JOIN](null);
    if (on === null) return steps;
    const extra = on.toNode();
    return steps.map((step, index) => (index === steps.length - 1 ? { ...step, on: both(step.on, extra) } : step));
  }
  if (!hasFrom(target)) {
    throw refusal(
      target,
      `${describeValue(target)} cannot be joined. Give a relationship such as User.c.posts, a mapped class, a table, an alias or a subquery.`,
    );
  }
  return [{ left: null, target: fromNode(target), on: on?.toNode() ?? null }];
}

function both(left: ExpressionNode, right: ExpressionNode): ExpressionNode {
  return { kind: "junction", operator: "and", items: [left, right], type: booleanType };
}

function expressionNodes(values: readonly unknown[], method: string): readonly ExpressionNode[] {
  return values.map((value) => expressionNode(value, method));
}

/** The nodes one element of a SELECT stands for. */
export function selectedNodes(value: unknown): readonly ExpressionNode[] {
  if (hasEntity(value)) return [value[ENTITY]()];
  if (isOperand(value)) return [value.toNode()];
  if (hasBundle(value)) return [value[BUNDLE]()];
  if (hasColumns(value)) return value[COLUMNS]();
  const message = `${describeValue(value)} cannot be selected. Give columns such as User.c.id, a mapped class, a table, or text("…").as("name").`;
  throw isClass(value) ? refusal(value, message) : new UnknownEntity(message);
}

/** The nodes of all elements of a SELECT. */
function selectedList(entities: readonly unknown[]): readonly ExpressionNode[] {
  const nodes: ExpressionNode[] = [];
  for (const entity of entities) {
    if (entity instanceof Expression) nodes.push(entity.toNode());
    else nodes.push(...selectedNodes(entity));
  }
  return nodes;
}

/** Selects columns, expressions, mapped classes or tables. */
export function select<const E extends readonly Selectable[]>(...entities: E): Select<RowOf<E>, LabelsOf<E>> {
  const columns = selectedList(entities);
  return new Select(selectNode(columns, { where: rowsOfColumns(columns) }));
}

/** True where the query has a row. */
export function exists(query: Query<readonly unknown[], unknown>): SqlExpression<boolean> {
  return query.exists();
}
