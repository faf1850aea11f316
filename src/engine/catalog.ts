import type { Dialect, CatalogQuery, CatalogRow, TableRequest } from "../dialect/index.ts";
import { NoSuchTableError } from "../errors/index.ts";
import type { Flow } from "../flow/index.ts";
import { type ReflectedTable, type Relation, tableKey } from "../schema/index.ts";

/** What reading a system catalog needs of a connection. */
export interface CatalogConnection {
  readonly dialect: Dialect;
  readFlow(query: CatalogQuery): Flow<readonly CatalogRow[]>;
}

/** The tables and views of a schema, in the order in which they may be created. */
export function* relationsFlow(connection: CatalogConnection, schema: string | null): Flow<readonly Relation[]> {
  const rows = yield* connection.readFlow(connection.dialect.reflection.relations(schema));
  return rows.map(([name, kind, comment]) => ({
    name: String(name),
    kind: String(kind) as Relation["kind"],
    comment: comment === null ? null : String(comment),
  }));
}

/** All that is told of the tables asked for. */
export function* tablesFlow(connection: CatalogConnection, request: TableRequest): Flow<readonly ReflectedTable[]> {
  const { reflection } = connection.dialect;
  const answers: (readonly CatalogRow[])[] = [];
  for (const query of reflection.tables(request)) answers.push(yield* connection.readFlow(query));
  return reflection.assemble(answers, request);
}

/** For tables that are asked for by name and not there. */
export function noSuchTable(schema: string | null, names: readonly string[]): NoSuchTableError {
  const list = names.map((name) => JSON.stringify(tableKey(schema, name))).join(", ");
  return new NoSuchTableError(
    `The database has no table or view ${list}${schema === null ? " in its default schema" : ""}. ` +
      "Names count as the database stores them, case included; inspect(engine).getTableNames() lists them.",
  );
}
