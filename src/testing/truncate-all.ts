import type { AnyEngine } from "../context/index.ts";
import { quoteTable } from "../compile/index.ts";
import type { ConnectionBase } from "../engine/index.ts";
import { closing, type Flow, type MaybePromise, runAsync, wait } from "../flow/index.ts";
import type { MetaData, Table } from "../schema/index.ts";

type AnyConnection = ConnectionBase<"sync"> | ConnectionBase<"async">;

/**
 * Empties all tables of a schema and starts their generated keys anew, whatever their foreign keys: for tests that
 * commit.
 */
export async function truncateAll(engine: AnyEngine, metadata: MetaData): Promise<void> {
  const tables = metadata.sortedTables;
  if (tables.length > 0) await runAsync(truncateFlow(engine, tables));
}

function* truncateFlow(engine: AnyEngine, tables: readonly Table[]): Flow<void> {
  const connection = yield* wait(engine.connect() as MaybePromise<AnyConnection>);
  yield* closing(truncateOnFlow(engine.name, connection, tables), () => wait(connection.close() as MaybePromise<void>));
}

function* truncateOnFlow(dialect: AnyEngine["name"], connection: AnyConnection, tables: readonly Table[]): Flow<void> {
  const run = (sql: string): Flow<unknown> => wait(connection.execDriverSql(sql) as MaybePromise<unknown>);
  if (dialect === "postgresql") {
    yield* run(`TRUNCATE ${tables.map((table) => quoteTable(table, '"')).join(", ")} RESTART IDENTITY CASCADE`);
  } else if (dialect === "sqlite") yield* deleteAllFlow(run, tables);
  else yield* truncateUncheckedFlow(run, tables);
  yield* wait(connection.commit() as MaybePromise<void>);
}

function* deleteAllFlow(run: (sql: string) => Flow<unknown>, tables: readonly Table[]): Flow<void> {
  // for tables that refer to each other
  yield* run("PRAGMA defer_foreign_keys = ON");
  for (const table of tables.toReversed()) yield* run(`DELETE FROM ${quoteTable(table, '"')}`);
}

function* truncateUncheckedFlow(run: (sql: string) => Flow<unknown>, tables: readonly Table[]): Flow<void> {
  yield* run("SET FOREIGN_KEY_CHECKS = 0");
  yield* closing(
    eachFlow(tables, (table) => run(`TRUNCATE TABLE ${quoteTable(table, "`")}`)),
    () => run("SET FOREIGN_KEY_CHECKS = 1"),
  );
}

function* eachFlow(tables: readonly Table[], act: (table: Table) => Flow<unknown>): Flow<void> {
  for (const table of tables) yield* act(table);
}
