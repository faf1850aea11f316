import { ArgumentError, NoSuchColumnError } from "../errors/index.ts";
import { describeValue, refusal } from "./describe-value.ts";
import { Expression } from "./expression.ts";
import type {
  AliasNode,
  ColumnNode,
  CteNode,
  ExpressionNode,
  FromNode,
  QueryNode,
  StatementNode,
} from "./nodes/index.ts";
import { FROM, type HasColumns, type HasFrom } from "./protocol.ts";

/** A column of a query in FROM. */
export class QueryColumn<V = unknown, N extends string = string> extends Expression<V> {
  declare readonly "~value"?: V;
  readonly key: N;
  readonly #node: ColumnNode;
  constructor(key: N, node: ColumnNode) {
    super();
    this.key = key;
    this.#node = node;
  }
  toNode(): ColumnNode {
    return this.#node;
  }
}

/** The columns of a query in FROM, by name. */
export type QueryColumns<L> = { readonly [K in keyof L]: QueryColumn<L[K], K & string> };

/** The names a query's columns have for the query around it; a name met twice gets `_1`, `_2`, … */
export function queryColumns(query: QueryNode): readonly { readonly name: string; readonly node: ExpressionNode }[] {
  const first = leadingSelect(query);
  const taken = new Set<string>();
  return flatColumns(first.columns).map((node, index) => {
    const base = labelOf(node) ?? `anon_${index + 1}`;
    let name = base;
    for (let n = 1; taken.has(name); n += 1) name = `${base}_${n}`;
    taken.add(name);
    return { name, node };
  });
}

/** The same for a program that is to name them. @throws ArgumentError for a query with a bundle. */
export function nameableColumns(query: QueryNode): ReturnType<typeof queryColumns> {
  refuseBundles(leadingSelect(query).columns);
  return queryColumns(query);
}

/** The first SELECT of a compound; its columns name those of the whole. */
export function leadingSelect(query: QueryNode): Extract<QueryNode, { kind: "select" }> {
  let node: QueryNode = query;
  while (node.kind === "compound") {
    const [first] = node.queries;
    if (first === undefined) throw new ArgumentError("A UNION needs at least one query.");
    node = first;
  }
  return node;
}

/** What a statement's rows hold, entities and bundles as one column each; nothing for a statement that gives no rows or is text. */
export function resultNodes(node: StatementNode): readonly ExpressionNode[] {
  switch (node.kind) {
    case "select":
    case "compound":
      return leadingSelect(node).columns;
    case "insert":
    case "update":
    case "delete":
      return node.returning;
    default:
      return [];
  }
}

/** Columns with each entity and bundle replaced by its own columns. */
export function flatColumns(columns: readonly ExpressionNode[]): readonly ExpressionNode[] {
  return columns.flatMap((column) => {
    if (column.kind === "entity") return column.columns;
    return column.kind === "bundle" ? flatColumns(column.items) : [column];
  });
}

/** How many columns of a row an element of a SELECT takes. */
export function widthOf(column: ExpressionNode): number {
  if (column.kind === "entity") return column.columns.length;
  return column.kind === "bundle" ? column.items.reduce((sum, item) => sum + widthOf(item), 0) : 1;
}

/** @throws ArgumentError for a bundle: a query has columns for the query around it, and no objects. */
export function refuseBundles(columns: readonly ExpressionNode[]): void {
  const found = columns.find((column) => column.kind === "bundle");
  if (found === undefined) return;
  throw new ArgumentError(
    `The query has bundle(${JSON.stringify(found.name)}, …), which makes an object of several columns; inside another query ` +
      "there are columns only. Select them without the bundle, and make one in the query around it.",
  );
}

/** The name an expression has in a result, if it has one. */
export function labelOf(node: ExpressionNode): string | null {
  switch (node.kind) {
    case "label":
      return node.name;
    case "column":
      return node.key;
    case "bundle":
    case "function":
      return node.name;
    case "cast":
      return labelOf(node.operand);
    default:
      return null;
  }
}

/** Columns of a FROM element as a record whose unknown names give a helpful error. */
export function columnRecord<L>(
  from: FromNode,
  columns: readonly { readonly name: string; readonly node: ExpressionNode }[],
): QueryColumns<L> {
  const record = bareRecord();
  for (const { name, node } of columns) {
    record[name] = new QueryColumn(name, { kind: "column", id: 0, table: from, name, key: name, type: node.type });
  }
  return refuseUnknown(record, "This query") as QueryColumns<L>;
}

// console.log looks for members such as href, unless it is told what to show
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/**
 * A record without members of its own or inherited ones, quicker to read than one from `Object.create(null)`, which is
 * kept as a hash table: building a SELECT of five tables takes 2.6 µs instead of 2.9.
 */
export function bareRecord(): Record<string, unknown> {
  return Object.setPrototypeOf({}, null) as Record<string, unknown>;
}

/**
 * Makes reading a name that is not there an error that lists what is.
 *
 * The proxy is the record's prototype, so that what is there is read without it: 2 ns against 40.
 */
export function refuseUnknown<T extends object>(record: T, owner: string): T {
  const guard = new Proxy(Object.create(null) as object, {
    get(_target, key) {
      if (key === INSPECT) return () => ({ ...record });
      if (typeof key === "symbol" || key === "then" || key === "toJSON") return undefined;
      throw new NoSuchColumnError(
        `${owner} has no column ${JSON.stringify(key)}. It has: ${Object.keys(record).join(", ") || "none"}.`,
      );
    },
  });
  return Object.setPrototypeOf(record, guard) as T;
}

/** A query in FROM, under a name. */
export class Subquery<L = unknown> implements HasFrom, HasColumns {
  readonly #node: AliasNode;
  #columns: QueryColumns<L> | undefined;

  constructor(query: QueryNode, name: string | null, lateral: boolean) {
    this.#node = { kind: "alias", source: query, name, lateral };
  }

  /** Its columns, by label or key. */
  get c(): QueryColumns<L> {
    return (this.#columns ??= columnRecord(this.#node, nameableColumns(this.#node.source as QueryNode)));
  }
  "~from"(): AliasNode {
    return this.#node;
  }
  "~columns"(): readonly ExpressionNode[] {
    return Object.values<QueryColumn>(this.c as never).map((column) => column.toNode());
  }
}

/** A common table expression: a query that the statement names in its WITH clause. */
export class Cte<L = unknown> implements HasFrom, HasColumns {
  readonly #node: CteNode;
  #columns: QueryColumns<L> | undefined;

  constructor(node: CteNode) {
    this.#node = node;
  }

  /** Its columns, by label or key. */
  get c(): QueryColumns<L> {
    return (this.#columns ??= columnRecord(this.#node, nameableColumns(this.#node.query)));
  }

  /** The recursive half, duplicates removed. */
  union(query: { toNode(): QueryNode }): Cte<L> {
    return this.#with("union", query.toNode());
  }
  /** The recursive half. */
  unionAll(query: { toNode(): QueryNode }): Cte<L> {
    return this.#with("union all", query.toNode());
  }

  "~from"(): CteNode {
    return this.#node;
  }
  "~columns"(): readonly ExpressionNode[] {
    return Object.values<QueryColumn>(this.c as never).map((column) => column.toNode());
  }

  #with(operator: "union" | "union all", query: QueryNode): Cte<L> {
    const compound: QueryNode = {
      kind: "compound",
      operator,
      queries: [this.#node.query, query],
      orderBy: [],
      limit: null,
      offset: null,
      options: [],
    };
    return new Cte({ ...this.#node, query: compound, complete: true });
  }
}

/** The FROM element something stands for. */
export function fromNode(value: unknown): FromNode {
  if (value !== null && (typeof value === "object" || typeof value === "function") && FROM in value) {
    return (value as HasFrom)[FROM]();
  }
  throw refusal(
    value,
    `${describeValue(value)} cannot stand in FROM. Give a table, a mapped class, an alias, a subquery or a CTE.`,
  );
}
