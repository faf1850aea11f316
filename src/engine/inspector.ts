import type { Answer, Flow, Mode } from "../flow/index.ts";
import {
  type ReflectedCheckConstraint,
  type ReflectedColumn,
  type ReflectedForeignKey,
  type ReflectedIndex,
  type ReflectedPrimaryKey,
  type ReflectedTable,
  type ReflectedUniqueConstraint,
  type Relation,
  type RelationKind,
  tableKey,
} from "../schema/index.ts";
import { type CatalogConnection, noSuchTable, relationsFlow, tablesFlow } from "./catalog.ts";

/** Where an inspector gets its connections. */
export interface InspectorSource<M extends Mode> {
  /** @internal */
  "~catalog"<T>(body: (connection: CatalogConnection) => Flow<T>): Answer<M, T>;
}

/** An enumerated type of PostgreSQL. */
export interface ReflectedEnum {
  readonly name: string;
  readonly labels: readonly string[];
}

/**
 * What a database holds: tables, their columns, keys and indexes, views. `inspect(engine)` makes one.
 *
 * It asks once and remembers: a second question about one table sends nothing. Without a schema the database's default
 * one is meant. Names count as the database stores them.
 */
export class Inspector<M extends Mode> {
  readonly #source: InspectorSource<M>;
  readonly #relations = new Map<string | null, readonly Relation[]>();
  readonly #tables = new Map<string, ReflectedTable>();

  constructor(source: InspectorSource<M>) {
    this.#source = source;
  }

  /** Forgets what it was told, after the database was changed. */
  clearCache(): void {
    this.#relations.clear();
    this.#tables.clear();
  }

  /** The schemas; databases on MariaDB and MySQL, attached ones on SQLite. */
  getSchemaNames(): Answer<M, readonly string[]> {
    return this.#ask(function* (connection) {
      return (yield* connection.readFlow(connection.dialect.reflection.schemas)).map(([name]) => String(name));
    });
  }

  /** The names of the tables, sorted. */
  getTableNames(schema: string | null = null): Answer<M, readonly string[]> {
    return this.#names(schema, "table");
  }

  /** The names of the views, sorted. */
  getViewNames(schema: string | null = null): Answer<M, readonly string[]> {
    return this.#names(schema, "view");
  }

  /** The names of the materialised views, sorted; only PostgreSQL has them. */
  getMaterializedViewNames(schema: string | null = null): Answer<M, readonly string[]> {
    return this.#names(schema, "materialized view");
  }

  /** Tells whether there is a table or view of that name. */
  hasTable(name: string, schema: string | null = null): Answer<M, boolean> {
    return this.#ask((connection) => this.#hasTableFlow(connection, name, schema));
  }

  /** Tells whether a table has an index of that name; false also where there is no such table. */
  hasIndex(table: string, index: string, schema: string | null = null): Answer<M, boolean> {
    return this.#ask((connection) => this.#hasIndexFlow(connection, table, index, schema));
  }

  /** The columns, in their order. @throws NoSuchTableError when there is no such table or view. */
  getColumns(table: string, schema: string | null = null): Answer<M, readonly ReflectedColumn[]> {
    return this.#of(table, schema, (found) => found.columns);
  }

  /** The primary key; without columns where there is none. @throws NoSuchTableError as `getColumns`. */
  getPkConstraint(table: string, schema: string | null = null): Answer<M, ReflectedPrimaryKey> {
    return this.#of(table, schema, (found) => found.primaryKey);
  }

  /** The foreign keys. @throws NoSuchTableError as `getColumns`. */
  getForeignKeys(table: string, schema: string | null = null): Answer<M, readonly ReflectedForeignKey[]> {
    return this.#of(table, schema, (found) => found.foreignKeys);
  }

  /** The unique constraints; on MariaDB and MySQL unique indexes, too. @throws NoSuchTableError as `getColumns`. */
  getUniqueConstraints(table: string, schema: string | null = null): Answer<M, readonly ReflectedUniqueConstraint[]> {
    return this.#of(table, schema, (found) => found.uniqueConstraints);
  }

  /** The indexes but the primary key's. @throws NoSuchTableError as `getColumns`. */
  getIndexes(table: string, schema: string | null = null): Answer<M, readonly ReflectedIndex[]> {
    return this.#of(table, schema, (found) => found.indexes);
  }

  /** The CHECK constraints. @throws NoSuchTableError as `getColumns`. */
  getCheckConstraints(table: string, schema: string | null = null): Answer<M, readonly ReflectedCheckConstraint[]> {
    return this.#of(table, schema, (found) => found.checkConstraints);
  }

  /** The comment; SQLite has none. @throws NoSuchTableError as `getColumns`. */
  getTableComment(table: string, schema: string | null = null): Answer<M, string | null> {
    return this.#ask((connection) => this.#commentFlow(connection, table, schema));
  }

  /** The SQL of a view, as the database keeps it. @throws NoSuchTableError when there is no such view. */
  getViewDefinition(view: string, schema: string | null = null): Answer<M, string> {
    return this.#ask((connection) => definitionFlow(connection, view, schema));
  }

  /** The enumerated types; none but on PostgreSQL, as elsewhere they belong to a column. */
  getEnums(schema: string | null = null): Answer<M, readonly ReflectedEnum[]> {
    return this.#ask((connection) => enumsFlow(connection, schema));
  }

  #ask<T>(body: (connection: CatalogConnection) => Flow<T>): Answer<M, T> {
    return this.#source["~catalog"](body);
  }

  #names(schema: string | null, kind: RelationKind): Answer<M, readonly string[]> {
    return this.#ask((connection) => this.#namesFlow(connection, schema, kind));
  }

  #of<T>(name: string, schema: string | null, read: (table: ReflectedTable) => T): Answer<M, T> {
    return this.#ask((connection) => this.#readFlow(connection, name, schema, read));
  }

  *#namesFlow(connection: CatalogConnection, schema: string | null, kind: RelationKind): Flow<readonly string[]> {
    const relations = yield* this.#relationsFlow(connection, schema);
    return relations
      .filter((relation) => relation.kind === kind)
      .map(({ name }) => name)
      .toSorted();
  }

  *#hasTableFlow(connection: CatalogConnection, name: string, schema: string | null): Flow<boolean> {
    return (yield* this.#relationsFlow(connection, schema)).some((relation) => relation.name === name);
  }

  *#hasIndexFlow(connection: CatalogConnection, table: string, index: string, schema: string | null): Flow<boolean> {
    if (!(yield* this.#hasTableFlow(connection, table, schema))) return false;
    return (yield* this.#tableFlow(connection, table, schema)).indexes.some(({ name }) => name === index);
  }

  *#commentFlow(connection: CatalogConnection, table: string, schema: string | null): Flow<string | null> {
    const relation = (yield* this.#relationsFlow(connection, schema)).find(({ name }) => name === table);
    if (relation === undefined) throw noSuchTable(schema, [table]);
    return relation.comment;
  }

  *#readFlow<T>(
    connection: CatalogConnection,
    name: string,
    schema: string | null,
    read: (table: ReflectedTable) => T,
  ): Flow<T> {
    return read(yield* this.#tableFlow(connection, name, schema));
  }

  *#relationsFlow(connection: CatalogConnection, schema: string | null): Flow<readonly Relation[]> {
    const known = this.#relations.get(schema);
    if (known !== undefined) return known;
    const relations = yield* relationsFlow(connection, schema);
    this.#relations.set(schema, relations);
    return relations;
  }

  *#tableFlow(connection: CatalogConnection, name: string, schema: string | null): Flow<ReflectedTable> {
    const key = tableKey(schema, name);
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const [table] = yield* tablesFlow(connection, { schema, names: [name], views: true });
    if (table === undefined) throw noSuchTable(schema, [name]);
    this.#tables.set(key, table);
    return table;
  }
}

function* definitionFlow(connection: CatalogConnection, view: string, schema: string | null): Flow<string> {
  const [row] = yield* connection.readFlow(connection.dialect.reflection.viewDefinition(schema, view));
  if (row === undefined) throw noSuchTable(schema, [view]);
  return String(row[0]);
}

function* enumsFlow(connection: CatalogConnection, schema: string | null): Flow<readonly ReflectedEnum[]> {
  const { enums } = connection.dialect.reflection;
  if (enums === null) return [];
  const rows = yield* connection.readFlow(enums(schema));
  return rows.map(([name, labels]) => ({ name: String(name), labels: (labels as readonly unknown[]).map(String) }));
}
