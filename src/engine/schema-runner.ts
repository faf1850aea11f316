import { createTablesSql, dropTablesSql } from "../compile/index.ts";
import type { Dialect } from "../dialect/index.ts";
import type { Flow } from "../flow/index.ts";
import type { SchemaTask, Table } from "../schema/index.ts";
import type { ConnectionCore } from "./connection-core.ts";
import { executeDriverSqlFlow } from "./execute.ts";

/** What carrying out a schema task needs of a connection. */
export interface SchemaConnection {
  readonly dialect: Dialect;
  executeDdlFlow(sql: string): Flow<unknown>;
  /** The first column of a query. */
  queryNamesFlow(sql: string): Flow<readonly string[]>;
}

/** A connection as schema tasks see it. */
export function schemaConnection(core: ConnectionCore): SchemaConnection {
  return {
    dialect: core.environment.dialect,
    executeDdlFlow: (sql) => executeDriverSqlFlow(core, sql, []),
    *queryNamesFlow(sql) {
      return (yield* executeDriverSqlFlow(core, sql, [])).scalars().all() as readonly string[];
    },
  };
}

/** Creates or drops tables; what is already there, or not there, is left alone where the task says so. */
export function* runSchemaTaskFlow(task: SchemaTask, connection: SchemaConnection): Flow<void> {
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
  const found = new Map<string | null, ReadonlySet<string>>();
  for (const schema of new Set(tables.map((table) => table.schema))) {
    found.set(schema, new Set(yield* connection.queryNamesFlow(connection.dialect.tableNamesSql(schema))));
  }
  return tables.filter((table) => found.get(table.schema)?.has(table.name) === present);
}
