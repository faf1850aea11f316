import { createTablesSql, dropTablesSql } from "../compile/index.ts";
import type { CatalogQuery, CatalogRow, Dialect } from "../dialect/index.ts";
import type { Flow } from "../flow/index.ts";
import type { SchemaTask, Table, TablesTask } from "../schema/index.ts";
import type { ConnectionCore } from "./connection-core.ts";
import { executeDriverSqlFlow } from "./execute.ts";
import { reflectFlow } from "./reflect-tables.ts";

/** What carrying out a schema task needs of a connection. */
export interface SchemaConnection {
  readonly dialect: Dialect;
  /** Logs what the program should know of, though nothing failed. */
  readonly warn: (message: string) => void;
  executeDdlFlow(sql: string): Flow<unknown>;
  /** The rows of a query of the system catalog. */
  readFlow(query: CatalogQuery): Flow<readonly CatalogRow[]>;
}

/** A connection as schema tasks see it. */
export function schemaConnection(core: ConnectionCore): SchemaConnection {
  return {
    dialect: core.environment.dialect,
    warn: core.environment.warn,
    executeDdlFlow: (sql) => executeDriverSqlFlow(core, sql, []),
    *readFlow({ sql, params }) {
      return (yield* executeDriverSqlFlow(core, sql, params)).all();
    },
  };
}

/** Creates, drops or reflects tables. */
export function* runSchemaTaskFlow(task: SchemaTask, connection: SchemaConnection): Flow<void> {
  if (task.verb === "reflect") yield* reflectFlow(task, connection);
  else yield* runTablesTaskFlow(task, connection);
}

/** What is already there, or not there, is left alone where the task says so. */
function* runTablesTaskFlow(task: TablesTask, connection: SchemaConnection): Flow<void> {
  const wanted = task.tables === null ? null : new Set(task.tables);
  const tables = task.metadata.sortedTables.filter((table) => wanted === null || wanted.has(table));
  const isCreate = task.verb === "create";
  const due = task.checkFirst ? yield* presentFlow(tables, !isCreate, connection) : tables;
  const write = isCreate ? createTablesSql : dropTablesSql;
  for (const sql of write(due, connection.dialect)) yield* connection.executeDdlFlow(sql);
}

/** Those of the tables that are there, or those that are not; one query for each schema. */
function* presentFlow(
  tables: readonly Table[],
  present: boolean,
  connection: SchemaConnection,
): Flow<readonly Table[]> {
  const found = new Map<string | null, ReadonlySet<unknown>>();
  for (const schema of new Set(tables.map((table) => table.schema))) {
    const rows = yield* connection.readFlow(connection.dialect.reflection.relations(schema));
    found.set(schema, new Set(rows.map(([name]) => name)));
  }
  return tables.filter((table) => found.get(table.schema)?.has(table.name) === present);
}
