import { ArgumentError } from "../errors/index.ts";
import { booleanType, integerType } from "../types/index.ts";
import { type StructuralKey, structuralKey } from "./cache-key.ts";
import { Label, SqlExpression } from "./expression.ts";
import { Cte, flatColumns, labelOf, leadingSelect, refuseBundles, Subquery } from "./from-clause.ts";
import { expressionNode, operandNode } from "./literal.ts";
import type { CompoundNode, CteNode, ExpressionNode, QueryNode, SelectNode, StatementOption } from "./nodes/index.ts";
import { type Executable, isOperand, type Operand } from "./protocol.ts";
import type { Labels } from "./typing/row.ts";

/** Options for the execution of one statement. */
export type ExecutionOptions = Readonly<Record<string, unknown>>;

export type SelectParts = { -readonly [K in keyof SelectNode]: SelectNode[K] };
type CompoundParts = { -readonly [K in keyof CompoundNode]: CompoundNode[K] };

/** A query's node while it is being made. */
type QueryParts = SelectParts | CompoundParts;

/** What SELECT and UNION share: order, limits, and being part of a larger statement. */
export abstract class Query<R extends readonly unknown[] = readonly unknown[], L = Labels> implements Executable<R, L> {
  declare readonly "~row"?: R;
  declare readonly "~labels"?: L;
  readonly executionOptionValues: ExecutionOptions;
  #structure: StructuralKey | undefined;

  constructor(executionOptions: ExecutionOptions) {
    this.executionOptionValues = executionOptions;
  }

  abstract toNode(): QueryNode;
  structure(): StructuralKey {
    return (this.#structure ??= structuralKey(this.toNode()));
  }
  /** A copy of its node, to be changed and made a query of again. */
  protected abstract copyNode(): QueryParts;
  /** The same query with another node. */
  protected abstract withNode(node: QueryNode, executionOptions?: ExecutionOptions): this;

  /** Adds to ORDER BY: expressions, their `.asc()` or `.desc()`, or the name of a label or column. */
  orderBy(...expressions: readonly (Operand | (keyof L & string))[]): this {
    const node = this.copyNode();
    node.orderBy = [...node.orderBy, ...expressions.map((item) => orderNode(item, node))];
    return this.withNode(node);
  }
  /** At most this many rows; `null` takes the limit away. */
  limit(count: number | Operand | null): this {
    const node = this.copyNode();
    node.limit = countNode(count, "limit");
    return this.withNode(node);
  }
  /** Leaves out this many rows. */
  offset(count: number | Operand | null): this {
    const node = this.copyNode();
    node.offset = countNode(count, "offset");
    return this.withNode(node);
  }
  /** Options for the layer that executes the statement, such as loading strategies. */
  options(...options: readonly StatementOption[]): this {
    for (const option of options) {
      if (typeof option?.key !== "string") {
        throw new ArgumentError("options() takes loader options such as selectinload(User.c.posts).");
      }
    }
    const node = this.copyNode();
    node.options = [...node.options, ...options];
    return this.withNode(node);
  }
  /** Options for this statement's execution, added to those it has. */
  executionOptions(options: ExecutionOptions): this {
    return this.withNode(this.toNode(), { ...this.executionOptionValues, ...options });
  }

  /** As an element of FROM; without a name, one is made. */
  subquery(name?: string): Subquery<L> {
    return new Subquery(this.toNode(), name ?? null, false);
  }
  /** As an element of FROM that may refer to the elements before it. */
  lateral(name?: string): Subquery<L> {
    return new Subquery(this.toNode(), name ?? null, true);
  }
  /** As a common table expression; a recursive one gets its second half by `.unionAll()`. */
  cte(name?: string, options: { readonly recursive?: boolean } = {}): Cte<L> {
    const node: CteNode = {
      kind: "cte",
      token: {},
      name: name ?? null,
      query: this.toNode(),
      recursive: options.recursive ?? false,
      complete: false,
    };
    return new Cte(node);
  }
  /** Its one column as a value. */
  scalarSubquery(): SqlExpression<R[0]> {
    const query = this.toNode();
    const { columns } = leadingSelect(query);
    refuseBundles(columns);
    const [column] = columns;
    if (column === undefined) throw new ArgumentError("A query used as a value needs a column.");
    return new SqlExpression({ kind: "scalar-subquery", query, type: column.type });
  }
  /** True where the query has a row. */
  exists(): SqlExpression<boolean> {
    return new SqlExpression({ kind: "exists", query: this.toNode(), type: booleanType });
  }
  /** Its one column as a value with a name. */
  as<N extends string>(name: N): Label<N, R[0]> {
    return new Label(name, this.scalarSubquery().toNode());
  }

  union(...others: readonly Query<R, unknown>[]): CompoundSelect<R, L> {
    return compound("union", [this, ...others]);
  }
  unionAll(...others: readonly Query<R, unknown>[]): CompoundSelect<R, L> {
    return compound("union all", [this, ...others]);
  }
  intersect(...others: readonly Query<R, unknown>[]): CompoundSelect<R, L> {
    return compound("intersect", [this, ...others]);
  }
  except(...others: readonly Query<R, unknown>[]): CompoundSelect<R, L> {
    return compound("except", [this, ...others]);
  }
}

/** UNION, INTERSECT or EXCEPT of queries. */
export class CompoundSelect<R extends readonly unknown[] = readonly unknown[], L = Labels> extends Query<R, L> {
  readonly #node: CompoundNode;
  constructor(node: CompoundNode, executionOptions: ExecutionOptions = {}) {
    super(executionOptions);
    this.#node = node;
  }
  toNode(): CompoundNode {
    return this.#node;
  }
  protected copyNode(): CompoundParts {
    return { ...this.#node };
  }
  protected withNode(node: CompoundNode, executionOptions: ExecutionOptions = this.executionOptionValues): this {
    return new CompoundSelect(node, executionOptions) as this;
  }
}

function compound<R extends readonly unknown[], L>(
  operator: CompoundNode["operator"],
  queries: readonly { toNode(): QueryNode }[],
): CompoundSelect<R, L> {
  return new CompoundSelect({
    kind: "compound",
    operator,
    queries: queries.map((query) => query.toNode()),
    orderBy: [],
    limit: null,
    offset: null,
    options: [],
  });
}

type AnyQuery<R extends readonly unknown[], L> = Query<R, L>;

/** All rows of the queries, duplicates removed. */
export function union<R extends readonly unknown[], L>(
  first: AnyQuery<R, L>,
  ...others: readonly Query<R, unknown>[]
): CompoundSelect<R, L> {
  return compound("union", [first, ...others]);
}
/** All rows of the queries. */
export function unionAll<R extends readonly unknown[], L>(
  first: AnyQuery<R, L>,
  ...others: readonly Query<R, unknown>[]
): CompoundSelect<R, L> {
  return compound("union all", [first, ...others]);
}
/** The rows that every query has. */
export function intersect<R extends readonly unknown[], L>(
  first: AnyQuery<R, L>,
  ...others: readonly Query<R, unknown>[]
): CompoundSelect<R, L> {
  return compound("intersect", [first, ...others]);
}
/** The rows of the first query that the others do not have. */
export function except<R extends readonly unknown[], L>(
  first: AnyQuery<R, L>,
  ...others: readonly Query<R, unknown>[]
): CompoundSelect<R, L> {
  return compound("except", [first, ...others]);
}

function countNode(count: number | Operand | null, name: string): ExpressionNode | null {
  if (count === null) return null;
  if (!isOperand(count) && (!Number.isInteger(count) || count < 0)) {
    throw new ArgumentError(`${name}() takes a whole number from 0, or null to take it away, not ${String(count)}.`);
  }
  return operandNode(count, integerType);
}

// a string is the name of a label, never SQL: it is quoted like any identifier
function orderNode(item: Operand | string, query: QueryNode): ExpressionNode {
  if (typeof item !== "string") return expressionNode(item, "orderBy");
  const columns = flatColumns(leadingSelect(query).columns);
  const named =
    columns.find((column) => column.kind === "label" && column.name === item) ??
    columns.find((column) => labelOf(column) === item);
  if (named !== undefined) return named;
  if (leadingSelect(query).columns.some((column) => column.kind === "bundle" && column.name === item))
    throw new ArgumentError(
      `orderBy(${JSON.stringify(item)}): that is a bundle, which has several columns. Order by those, such as ${item}.c.id.`,
    );
  throw new ArgumentError(
    `orderBy(${JSON.stringify(item)}): the query has no column or label of that name. Pass an expression such as User.c.name, or text("…") for SQL.`,
  );
}
