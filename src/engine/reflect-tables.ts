import type { Flow } from "../flow/index.ts";
import { addReflectedTables, type FoundTable, type ReflectTask, type Relation, tableKey } from "../schema/index.ts";
import { type CatalogConnection, noSuchTable, relationsFlow, tablesFlow } from "./catalog.ts";

interface ReflectConnection extends CatalogConnection {
  readonly warn: (message: string) => void;
}

/** Reads tables from the database and, when all is read, adds them to the metadata. */
export function* reflectFlow(task: ReflectTask, connection: ReflectConnection): Flow<void> {
  const reading = new Reading(task, connection);
  yield* reading.readChosenFlow();
  if (task.resolveFks) yield* reading.followForeignKeysFlow();
  const { dialect, warn } = connection;
  addReflectedTables(task.metadata, [...reading.found.values()], { dialect, warn, isFollowed: task.resolveFks });
}

class Reading {
  /** By key in the metadata. */
  readonly found = new Map<string, FoundTable>();
  readonly #task: ReflectTask;
  readonly #connection: ReflectConnection;
  readonly #relations = new Map<string | null, ReadonlyMap<string, Relation>>();
  /** What was asked for, there or not. */
  readonly #asked = new Set<string>();

  constructor(task: ReflectTask, connection: ReflectConnection) {
    this.#task = task;
    this.#connection = connection;
  }

  *readChosenFlow(): Flow<void> {
    const { schema, only, views } = this.#task;
    const relations = yield* this.#relationsFlow(schema);
    if (only === null) return yield* this.#readFlow(schema, null, views);
    const chosen =
      typeof only === "function"
        ? [...relations.values()]
            .filter(({ name, kind }) => (views || kind === "table") && only(name))
            .map(({ name }) => name)
        : only;
    const missing = chosen.filter((name) => !relations.has(name));
    if (missing.length > 0) throw noSuchTable(schema, missing);
    yield* this.#readFlow(schema, chosen, views);
  }

  /** Reads the tables that foreign keys lead to, and those that their keys lead to. */
  *followForeignKeysFlow(): Flow<void> {
    for (;;) {
      const due = this.#targets();
      if (due.size === 0) return;
      for (const [schema, names] of due) yield* this.#readFlow(schema, [...names], false);
    }
  }

  #targets(): ReadonlyMap<string | null, ReadonlySet<string>> {
    const due = new Map<string | null, Set<string>>();
    for (const { table } of this.found.values()) {
      for (const { referredSchema, referredTable } of table.foreignKeys) {
        const key = tableKey(referredSchema, referredTable);
        if (this.found.has(key) || this.#asked.has(key) || this.#task.metadata.tables.has(key)) continue;
        const names = due.get(referredSchema) ?? new Set();
        due.set(referredSchema, names.add(referredTable));
      }
    }
    return due;
  }

  *#readFlow(schema: string | null, names: readonly string[] | null, views: boolean): Flow<void> {
    for (const name of names ?? []) this.#asked.add(tableKey(schema, name));
    const relations = yield* this.#relationsFlow(schema);
    if (names?.length === 0) return;
    const tables = new Map(
      (yield* tablesFlow(this.#connection, { schema, names, views })).map((table) => [table.name, table]),
    );
    // in the order of creation, so that views come after what they read
    for (const relation of relations.values()) {
      const table = tables.get(relation.name);
      const key = tableKey(schema, relation.name);
      if (table === undefined || (this.#task.metadata.tables.has(key) && !this.#task.extendExisting)) continue;
      this.found.set(key, { schema, relation, table });
    }
  }

  *#relationsFlow(schema: string | null): Flow<ReadonlyMap<string, Relation>> {
    let relations = this.#relations.get(schema);
    if (relations === undefined) {
      const list = yield* relationsFlow(this.#connection, schema);
      relations = new Map(list.map((relation) => [relation.name, relation]));
      this.#relations.set(schema, relations);
    }
    return relations;
  }
}
