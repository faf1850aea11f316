import { ArgumentError, NoReferenceError } from "../errors/index.ts";
import { topologicalSort } from "../util/index.ts";
import type { Column, TableRegistry } from "./column.ts";
import type { Table } from "./table.ts";

/** What `createAll` and `dropAll` ask of an engine or connection. */
export interface TablesTask {
  readonly verb: "create" | "drop";
  readonly metadata: MetaData;
  /** `null`: all tables. */
  readonly tables: readonly Table[] | null;
  /** Leave alone what is already there (create) or not there (drop). */
  readonly checkFirst: boolean;
}

/** What `reflect` asks of an engine or connection. */
export interface ReflectTask {
  readonly verb: "reflect";
  readonly metadata: MetaData;
  readonly schema: string | null;
  readonly only: readonly string[] | ((name: string) => boolean) | null;
  readonly views: boolean;
  readonly extendExisting: boolean;
  readonly resolveFks: boolean;
}

export type SchemaTask = TablesTask | ReflectTask;

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

export interface ReflectOptions {
  /** Default: the metadata's, else the database's default one. */
  readonly schema?: string;
  /** The names of the tables, or a function that tells of each whether it is meant. Default: all. */
  readonly only?: readonly string[] | ((name: string) => boolean);
  /** Views, too. Default false. */
  readonly views?: boolean;
  /** Adds the columns of the database to tables that the metadata has already. Default false: those are left alone. */
  readonly extendExisting?: boolean;
  /** Reflects the tables, too, that foreign keys lead to. Default true; if not, keys that lead nowhere are left out. */
  readonly resolveFks?: boolean;
}

/** Creates, drops or reflects tables; may be handed to `runSync` without its metadata in front. */
export interface SchemaMethod<O = SchemaOptions> {
  <A>(bind: SchemaBind<A>, options?: O): A;
  "~task"(options?: O): SchemaTask;
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
  readonly createAll: SchemaMethod = this.#tablesMethod("create");
  /** Drops the tables that are there, those that refer first. An async bind gives a promise. */
  readonly dropAll: SchemaMethod = this.#tablesMethod("drop");
  /**
   * Adds the tables that the database has: columns, keys, constraints and indexes. An async bind gives a promise.
   *
   * It sends as many statements for a thousand tables as for one. What a `Table` cannot say (a type the library does
   * not know, an index over an expression) is told to the engine's logger. @throws NoSuchTableError for a name in `only`
   * that is not there; the metadata is then as it was.
   */
  readonly reflect: SchemaMethod<ReflectOptions> = this.#method("reflect", (options: ReflectOptions = {}) => ({
    verb: "reflect",
    metadata: this,
    schema: options.schema ?? this.schema,
    only: options.only ?? null,
    views: options.views ?? false,
    extendExisting: options.extendExisting ?? false,
    resolveFks: options.resolveFks ?? true,
  }));

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

  #tablesMethod(verb: TablesTask["verb"]): SchemaMethod {
    return this.#method(`${verb}All`, (options: SchemaOptions = {}) => ({
      verb,
      metadata: this,
      tables: options.tables ?? null,
      checkFirst: options.checkFirst ?? true,
    }));
  }

  #method<O>(name: string, task: (options?: O) => SchemaTask): SchemaMethod<O> {
    const method = <A>(bind: SchemaBind<A>, options?: O): A => {
      if (typeof bind?.[SCHEMA] !== "function") {
        throw new ArgumentError(`${name}() takes an engine or a connection: metadata.${name}(engine).`);
      }
      return bind[SCHEMA](task(options));
    };
    return Object.assign(method, { "~task": task });
  }
}
