import { ArgumentError, NoReferenceError } from "../errors/index.ts";
import { topologicalSort } from "../util/index.ts";
import type { Column, TableRegistry } from "./column.ts";
import type { Table } from "./table.ts";

/** What `createAll` and `dropAll` ask of an engine or connection. */
export interface SchemaTask {
  readonly verb: "create" | "drop";
  readonly metadata: MetaData;
  /** `null`: all tables. */
  readonly tables: readonly Table[] | null;
  /** Leave alone what is already there (create) or not there (drop). */
  readonly checkFirst: boolean;
}

/** Carries out a schema task; engines and connections of both colours have it. */
export const SCHEMA = "~schema";
/** On a function that only makes a schema task: the task, so that `runSync` can carry it out on any driver. */
export const TASK = "~task";

export interface SchemaBind<A = unknown> {
  "~schema"(task: SchemaTask): A;
}

export interface SchemaOptions {
  readonly tables?: readonly Table[];
  readonly checkFirst?: boolean;
}

/** Creates or drops tables; may be handed to `runSync` without its metadata in front. */
export interface SchemaMethod {
  <A>(bind: SchemaBind<A>, options?: SchemaOptions): A;
  "~task"(options?: SchemaOptions): SchemaTask;
}

/** A set of tables that belong together. */
export class MetaData implements TableRegistry {
  /** The schema of tables that name none. */
  readonly schema: string | null;
  readonly #tables = new Map<string, Table>();
  readonly #pending = new Set<() => void>();

  constructor(options: { readonly schema?: string } = {}) {
    this.schema = options.schema ?? null;
  }

  /** Its tables by name (`schema.table` where there is a schema). */
  get tables(): ReadonlyMap<string, Table> {
    this.#settle();
    return this.#tables;
  }

  /** Creates the tables that are not there, those referred to first. An async bind gives a promise. */
  readonly createAll: SchemaMethod = this.#method("create");
  /** Drops the tables that are there, those that refer first. An async bind gives a promise. */
  readonly dropAll: SchemaMethod = this.#method("drop");

  /** The tables and views in the order of their references, those referred to first; circles are left in the order of definition. */
  get sortedTables(): readonly Table[] {
    const tables = [...this.tables.values()];
    return topologicalSort(tables, (table) => table.dependencies.filter((target) => target !== table)).order;
  }

  /** Takes in a table. */
  addTable(table: Table): void {
    if (this.#tables.has(table.fullName)) {
      throw new ArgumentError(
        `This MetaData already has a table ${JSON.stringify(table.fullName)}. Table names must differ.`,
      );
    }
    this.#tables.set(table.fullName, table);
  }

  /** Has tables made that are described but not needed so far; called before tables are listed. */
  addPending(make: () => void): void {
    this.#pending.add(make);
  }

  /**
   * The column of a path such as `"users.id"`, by its name or key.
   *
   * @throws NoReferenceError when there is no such table or column.
   */
  column(path: string, from: string): Column {
    const dot = path.lastIndexOf(".");
    const [tableName, columnName] = [path.slice(0, dot), path.slice(dot + 1)];
    const table = this.tables.get(tableName);
    if (table === undefined) {
      throw new NoReferenceError(
        `${from} references ${JSON.stringify(path)}, but there is no table ${JSON.stringify(tableName)}. ` +
          `Import the module that defines it. Known tables: ${[...this.tables.keys()].join(", ")}.`,
      );
    }
    const column = table.find(columnName);
    if (column !== undefined) return column;
    throw new NoReferenceError(`${from} references ${JSON.stringify(path)}, but that table has no such column.`);
  }

  #settle(): void {
    for (const make of this.#pending) {
      this.#pending.delete(make);
      make();
    }
  }

  #method(verb: SchemaTask["verb"]): SchemaMethod {
    const task = (options: SchemaOptions = {}): SchemaTask => ({
      verb,
      metadata: this,
      tables: options.tables ?? null,
      checkFirst: options.checkFirst ?? true,
    });
    const method = <A>(bind: SchemaBind<A>, options?: SchemaOptions): A => {
      if (typeof bind?.[SCHEMA] !== "function") {
        throw new ArgumentError(`${verb}All() takes an engine or a connection: metadata.${verb}All(engine).`);
      }
      return bind[SCHEMA](task(options));
    };
    return Object.assign(method, { "~task": task });
  }
}
