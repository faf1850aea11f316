import { ArgumentError } from "../errors/index.ts";
import { type HasType, type SqlType, typeOfValue, unknownType } from "../types/index.ts";
import { SqlExpression } from "./expression.ts";
import { columnRecord, fromNode, type QueryColumns } from "./from-clause.ts";
import { constants, expressionNode, literalNode, operandNode } from "./literal.ts";
import type { AliasNode, ExpressionNode, FromNode, TableNode } from "./nodes/index.ts";
import { COLUMNS, type HasColumns, type HasFrom, type Operand } from "./protocol.ts";

/** A value as an expression; it travels as a parameter. */
export function literal<V>(value: V, type?: HasType<V>): SqlExpression<V> {
  return new SqlExpression(literalNode(value, type?.toType() ?? typeOfValue(value)));
}

/** SQL text as an expression. It is written as it is: never put a user's input into it. */
export function literalColumn<V = unknown>(sql: string, type?: HasType<V>): SqlExpression<V> {
  return new SqlExpression({ kind: "raw", sql, type: type?.toType() ?? unknownType });
}

/** A parameter by name: its value is given when the statement is executed. */
export function bindparam<V = unknown>(name: string, type?: HasType<V>): SqlExpression<V> {
  return new SqlExpression(literalNode(undefined, type?.toType() ?? unknownType, { name, required: true }));
}

/** CAST(value AS type). */
export function cast<V>(value: unknown, type: HasType<V>): SqlExpression<V> {
  const target = type.toType();
  return new SqlExpression({
    kind: "cast",
    operand: operandNode(value), // a value keeps its own type: turning it into the other is the database's work
    type: target,
    silent: false,
  });
}

/** The same SQL, read as another type. */
export function typeCoerce<V>(value: unknown, type: HasType<V>): SqlExpression<V> {
  const target = type.toType();
  return new SqlExpression({ kind: "cast", operand: operandNode(value, target), type: target, silent: true });
}

/** NULL, TRUE or FALSE in SQL. `nullValue()` forces NULL where null alone would mean "no value". */
export function nullValue(): SqlExpression<null> {
  return new SqlExpression(constants.null);
}

/** Several values side by side: `tuple(a, b).in(…)`. */
export function tuple(...items: readonly Operand[]): SqlExpression {
  return new SqlExpression({ kind: "tuple", items: items.map((item) => operandNode(item)), type: unknownType });
}

/** CASE WHEN … THEN … ELSE … END, built up by `.when()` and ended by `.else()` or `.end()`. */
export class CaseBuilder<V = never> {
  readonly #branches: readonly ExpressionNode[];
  constructor(branches: readonly ExpressionNode[]) {
    this.#branches = branches;
  }
  when<W>(condition: Operand<boolean | null>, result: W | Operand<W>): CaseBuilder<V | W> {
    return new CaseBuilder([...this.#branches, expressionNode(condition, "when"), operandNode(result, this.#type())]);
  }
  else<W>(result: W | Operand<W>): SqlExpression<V | W> {
    return this.#finish(operandNode(result, this.#type()));
  }
  /** NULL where no condition is true. */
  end(): SqlExpression<V | null> {
    return this.#finish(null);
  }
  #type(): SqlType {
    return this.#branches[1]?.type ?? unknownType;
  }
  #finish<W>(otherwise: ExpressionNode | null): SqlExpression<W> {
    return new SqlExpression({ kind: "case", subject: null, branches: this.#branches, otherwise, type: this.#type() });
  }
}

/** Begins a CASE. */
export function caseWhen<V>(condition: Operand<boolean | null>, result: V | Operand<V>): CaseBuilder<V> {
  return new CaseBuilder<never>([]).when(condition, result);
}

/** A table under another name. */
export class TableAlias<C = unknown> implements HasFrom, HasColumns {
  readonly #node: AliasNode;
  /** Its columns. */
  readonly c: C;
  constructor(node: AliasNode, columns: C) {
    this.#node = node;
    this.c = columns;
  }
  "~from"(): AliasNode {
    return this.#node;
  }
  "~columns"(): readonly ExpressionNode[] {
    return Object.values(this.c as Record<string, Operand>).map((column) => column.toNode());
  }
}

/** The table under another name, so that it can stand in one query twice. */
export function alias<C extends object>(table: HasFrom & HasColumns & { readonly c: C }, name?: string): TableAlias<C> {
  const source = fromNode(table) as TableNode;
  if (source.kind !== "table") throw new ArgumentError("alias() takes a table. Queries have .subquery(name).");
  const node: AliasNode = { kind: "alias", source, name: name ?? null, lateral: false };
  const columns = table[COLUMNS]().filter((column) => column.kind === "column");
  const record: Record<string, unknown> = Object.create(null);
  for (const column of columns) record[column.key] = new AliasColumn({ ...column, table: node });
  return new TableAlias(node, record as C);
}

class AliasColumn extends SqlExpression {
  get key(): string {
    return (this.toNode() as { key: string }).key;
  }
}

let adHocCount = 0;

/** A column by name alone, of no particular table or of an ad-hoc `table()`. */
export function column<N extends string, V = unknown>(name: N, type?: HasType<V>): ColumnName<N, V> {
  return new ColumnName(name, type?.toType() ?? unknownType);
}

/** See `column`. */
export class ColumnName<N extends string, V> extends SqlExpression<V> {
  readonly key: N;
  constructor(name: N, type: SqlType) {
    super({ kind: "column", id: 0, table: nowhere, name, key: name, type });
    this.key = name;
  }
}

const nowhere: TableNode = { kind: "table", id: 0, name: "", schema: null, foreignKeys: null };

/** A table known only by its name and the columns a query needs. */
export class AdHocTable<C> implements HasFrom, HasColumns {
  readonly #node: FromNode;
  readonly c: QueryColumns<C>;
  constructor(name: string, columns: readonly ColumnName<string, unknown>[]) {
    adHocCount -= 1; // below zero: never the id of a Table
    this.#node = { kind: "table", id: adHocCount, name, schema: null, foreignKeys: null };
    this.c = columnRecord(
      this.#node,
      columns.map((item) => ({ name: item.key, node: item.toNode() })),
    );
  }
  "~from"(): FromNode {
    return this.#node;
  }
  "~columns"(): readonly ExpressionNode[] {
    return Object.values<Operand>(this.c as never).map((item) => item.toNode());
  }
}

type ColumnRecord<T extends readonly ColumnName<string, unknown>[]> = {
  [I in T[number] as I["key"]]: I extends ColumnName<string, infer V> ? V : never;
};

/** A table known only by its name: `table("users", column("id", integer()))`. */
export function table<const T extends readonly ColumnName<string, unknown>[]>(
  name: string,
  ...columns: T
): AdHocTable<ColumnRecord<T>> {
  return new AdHocTable(name, columns);
}
