// Tables made of what a database says of them.
import { InvalidRequestError } from "../errors/index.ts";
import { type SqlType, sqlType } from "../types/index.ts";
import type { Column } from "./column.ts";
import { ColumnBuilder, type ColumnReference } from "./column-builder.ts";
import {
  CheckConstraint,
  ForeignKeyConstraint,
  Index,
  PrimaryKeyConstraint,
  type TableItem,
  UniqueConstraint,
} from "./constraint.ts";
import type { MetaData } from "./metadata.ts";
import type { ReflectedColumn, ReflectedForeignKey, ReflectedTable, Relation } from "./reflection.ts";
import { reflectedDefault, reflectedExpression, type SqlDialect } from "./reflected-sql.ts";
import { Table, type TableOptions } from "./table.ts";

/** A table as it was found. */
export interface FoundTable {
  readonly schema: string | null;
  readonly relation: Relation;
  readonly table: ReflectedTable;
}

/** Where it was found, and who hears of what a `Table` cannot say. */
export interface ReflectionSource {
  readonly dialect: SqlDialect;
  /** Whether the tables that foreign keys lead to were to be found, too. */
  readonly isFollowed: boolean;
  readonly warn: (message: string) => void;
}

/** The key of a table in a metadata. */
export function tableKey(schema: string | null, name: string): string {
  return schema === null ? name : `${schema}.${name}`;
}

/** Adds tables that were found to a metadata; those it has already get the columns they lack. */
export function addReflectedTables(metadata: MetaData, found: readonly FoundTable[], source: ReflectionSource): void {
  const known = metadata.tables;
  const keys = new Set([...known.keys(), ...found.map(({ schema, table }) => tableKey(schema, table.name))]);
  const views = found.filter(({ relation }) => relation.kind !== "table");
  for (const one of [...found.filter((other) => !views.includes(other)), ...views]) {
    const existing = known.get(tableKey(one.schema, one.table.name));
    const maker = new TableMaker(metadata, one, keys, source);
    if (existing === undefined) maker.makeTable();
    else maker.extend(existing);
  }
}

class TableMaker {
  readonly #metadata: MetaData;
  readonly #found: FoundTable;
  readonly #source: ReflectionSource;
  readonly #names: readonly string[];
  readonly #foreignKeys: readonly ReflectedForeignKey[];

  constructor(metadata: MetaData, found: FoundTable, keys: ReadonlySet<string>, source: ReflectionSource) {
    this.#metadata = metadata;
    this.#found = found;
    this.#source = source;
    this.#names = found.table.columns.map(({ name }) => name);
    this.#foreignKeys = found.table.foreignKeys.filter((key) => this.#leadsSomewhere(key, keys));
  }

  makeTable(): void {
    const { schema, relation, table } = this.#found;
    const items: TableItem[] = [];
    const options: TableOptions = {
      ...(schema === null ? {} : { schema }),
      ...(relation.comment === null ? {} : { comment: relation.comment }),
      ...(relation.kind === "table" ? {} : { view: this.#view(relation) }),
      items,
    };
    const made = new Table(table.name, this.#metadata, {}, options);
    // one by one: an object would put a column named "1" before all others
    for (const column of table.columns) made.addColumn(column.name, this.#column(column));
    items.push(...this.#items());
  }

  extend(existing: Table): void {
    for (const column of this.#found.table.columns) {
      if (existing.find(column.name) === undefined) existing.addColumn(column.name, this.#column(column));
    }
  }

  #view(relation: Relation): NonNullable<TableOptions["view"]> {
    return {
      materialized: relation.kind === "materialized view",
      cascade: false,
      query: () => {
        throw new InvalidRequestError(
          `${this.#label} is a reflected view, whose SQL is of one database only, so it cannot be created. ` +
            "Create it by viewTable() and a query, or leave it out: createAll(bind, { tables }).",
        );
      },
      dependencies: () => [...this.#metadata.tables.values()].filter((table) => table.view === null),
    };
  }

  #column(column: ReflectedColumn): ColumnBuilder {
    const { name, comment, computed, nullable, autoincrement, serverOnUpdate } = column;
    const type = column.type ?? this.#unknownType(column);
    const primaryKey = this.#found.table.primaryKey.constrainedColumns.includes(name);
    const node =
      column.default === null || autoincrement
        ? null
        : reflectedDefault(column.default, type, this.#names, this.#source.dialect);
    return new ColumnBuilder({
      type,
      name,
      primaryKey,
      nullable,
      references: this.#references(name),
      ...(primaryKey || autoincrement ? { autoincrement } : {}),
      ...(node === null ? {} : { serverDefault: { node } }),
      ...(computed === null
        ? {}
        : { computed: { node: this.#expression(computed.sqltext), stored: computed.persisted } }),
      ...(comment === null ? {} : { comment }),
      ...(serverOnUpdate ? { serverOnUpdate } : {}),
    });
  }

  #expression(sql: string): ReturnType<typeof reflectedExpression> {
    return reflectedExpression(sql, this.#names, this.#source.dialect);
  }

  #unknownType({ name, databaseType }: ReflectedColumn): SqlType {
    this.#warn(
      `its column ${JSON.stringify(name)} has the type ${JSON.stringify(databaseType)}, which is kept as text`,
    );
    const dialect = this.#source.dialect.name;
    // what SQLite is told of a type is free text
    const isName = dialect !== "sqlite" && !/^bit\b/.test(databaseType);
    return sqlType("string", isName ? { native: { dialect, name: databaseType } } : {});
  }

  #references(column: string): readonly ColumnReference[] {
    return this.#foreignKeys
      .filter(({ constrainedColumns }) => constrainedColumns.length === 1 && constrainedColumns[0] === column)
      .map((key) => ({ target: this.#targets(key)[0] as () => Column, options: optionsOf(key) }));
  }

  #items(): readonly TableItem[] {
    const { primaryKey, uniqueConstraints, checkConstraints, indexes } = this.#found.table;
    const composite = this.#foreignKeys.filter(({ constrainedColumns }) => constrainedColumns.length > 1);
    const plain = indexes.filter((index) => index.duplicatesConstraint === null);
    for (const { name, expressions, where } of plain) {
      if (expressions !== null || where !== null)
        this.#warn(`its index ${JSON.stringify(name)} has expressions or a condition, and is left out`);
    }
    return [
      ...(primaryKey.constrainedColumns.length === 0
        ? []
        : [new PrimaryKeyConstraint(primaryKey.constrainedColumns, nameOf(primaryKey.name))]),
      ...uniqueConstraints.map(({ name, columnNames }) => new UniqueConstraint(columnNames, nameOf(name))),
      ...checkConstraints
        .filter(({ enumerates }) => enumerates === null)
        .map(({ name, sqltext }) => {
          const node = this.#expression(sqltext);
          return new CheckConstraint({ toNode: () => node }, nameOf(madeUp(name) ? null : name));
        }),
      ...composite.map((key) => new ForeignKeyConstraint(key.constrainedColumns, this.#targets(key), optionsOf(key))),
      ...plain
        .filter(({ expressions, where }) => expressions === null && where === null)
        .map(({ name, columnNames, unique }) => new Index(name, columnNames as readonly string[], { unique })),
    ];
  }

  #leadsSomewhere(key: ReflectedForeignKey, keys: ReadonlySet<string>): boolean {
    const isNamed = key.referredSchema !== null || this.#metadata.schema === null;
    if (isNamed && keys.has(tableKey(key.referredSchema, key.referredTable)) && key.referredColumns.length > 0)
      return true;
    if (this.#source.isFollowed) {
      this.#warn(`its foreign key to ${JSON.stringify(key.referredTable)} is left out, as there is no such table`);
    }
    return false;
  }

  #targets(key: ReflectedForeignKey): readonly (() => Column)[] {
    const name = tableKey(key.referredSchema, key.referredTable);
    return key.referredColumns.map((column) => () => (this.#metadata.tables.get(name) as Table).require(column));
  }

  get #label(): string {
    return JSON.stringify(tableKey(this.#found.schema, this.#found.table.name));
  }

  #warn(what: string): void {
    this.#source.warn(`Reflecting ${this.#label}: ${what}.`);
  }
}

function nameOf(name: string | null): { readonly name?: string } {
  return name === null ? {} : { name };
}

/** MariaDB's name for a condition that was given none; other databases may want such names to differ between tables. */
function madeUp(name: string | null): boolean {
  return name !== null && /^CONSTRAINT_\d+$/.test(name);
}

function optionsOf({ name, options }: ReflectedForeignKey): ColumnReference["options"] {
  return { ...nameOf(name), ...options };
}
