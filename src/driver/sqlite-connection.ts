import { checkInt64 } from "../dialect/index.ts";
import { ArgumentError } from "../errors/index.ts";
import { LruCache } from "../util/index.ts";
import type { DriverColumn, DriverConnection, DriverCursor, DriverResult, ExecuteOptions } from "./driver.ts";
import { isKeepable, KEPT_TEXTS, verbOf } from "./statement-text.ts";

type Row = readonly unknown[];

/** What the SQLite packages have in common, with rows as arrays. */
export interface SqliteStatement {
  readonly returnsRows: boolean;
  all(params: readonly unknown[], exactIntegers: boolean): readonly Row[];
  first(params: readonly unknown[], exactIntegers: boolean): Row | undefined;
  run(params: readonly unknown[]): { readonly changes: number | bigint; readonly lastInsertRowid: number | bigint };
  iterate(params: readonly unknown[], exactIntegers: boolean): Iterator<Row>;
  columns(): readonly DriverColumn[];
}

/** An open database of either package. */
export interface SqliteDatabase {
  readonly raw: unknown;
  readonly open: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
  close(): void;
}

const CACHED_STATEMENTS = 256;
const NO_ROWS: readonly Row[] = [];

interface CachedStatement {
  readonly handle: SqliteStatement;
  readonly writes: boolean;
  readonly inserts: boolean;
}

/** A connection to one SQLite file, over either package; nothing it answers is a promise. */
export class SqliteConnection implements DriverConnection {
  readonly #database: SqliteDatabase;
  readonly #statements = new LruCache<string, CachedStatement>(CACHED_STATEMENTS);
  /** Apart from the others, so that a stream of texts with their values in them does not push those out. */
  readonly #texts = new LruCache<string, CachedStatement>(KEPT_TEXTS);
  #cursor: SqliteCursor | null = null;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  get raw(): unknown {
    return this.#database.raw;
  }

  get alive(): boolean {
    return this.#database.open;
  }

  execute(sql: string, params: readonly unknown[], options: ExecuteOptions): DriverResult {
    checkParams(params);
    const statement = this.#ready(sql, options);
    return run(statement, params, options);
  }

  executeMany(sql: string, paramSets: readonly (readonly unknown[])[], options: ExecuteOptions): DriverResult {
    for (const params of paramSets) checkParams(params);
    const statement = this.#ready(sql, options);
    const rows: Row[] = [];
    let affected = 0;
    let lastInsertId: number | bigint | undefined;
    for (const params of paramSets) {
      const result = run(statement, params, options);
      affected += result.affected;
      lastInsertId ??= result.lastInsertId;
      for (const row of result.rows) rows.push(row);
    }
    if (statement.handle.returnsRows) return new SqliteRows(statement.handle, rows, affected);
    return { columns: null, rows, affected, lastInsertId };
  }

  executeScript(script: string | readonly string[]): void {
    this.#drainCursor();
    this.#database.exec(typeof script === "string" ? script : script.join(";\n"));
  }

  openCursor(sql: string, params: readonly unknown[], options: ExecuteOptions): DriverCursor {
    checkParams(params);
    this.#drainCursor();
    if (options.before !== undefined) this.#database.exec(options.before);
    // a statement of its own: running a cached one again would end the iteration
    const statement = this.#database.prepare(sql);
    if (!statement.returnsRows) {
      throw new ArgumentError("A statement that returns no rows cannot be streamed. Use execute().");
    }
    const cursor = new SqliteCursor(statement, params, options.exactIntegers, () => {
      if (this.#cursor === cursor) this.#cursor = null;
    });
    this.#cursor = cursor;
    return cursor;
  }

  ping(): void {
    this.#ready("SELECT 1", pingOptions).handle.first([], false);
  }

  close(): void {
    this.#cursor?.close();
    if (this.#database.open) this.#database.close();
  }

  #ready(sql: string, options: ExecuteOptions): CachedStatement {
    if (this.#cursor !== null) this.#drainCursor();
    if (options.before !== undefined) this.#database.exec(options.before);
    const cache = options.prepare ? this.#statements : this.#texts;
    let statement = cache.get(sql);
    if (statement === undefined) {
      statement = describeStatement(sql, this.#database.prepare(sql));
      // a PRAGMA takes effect while it is prepared, and only then
      if (options.prepare || isKeepable(sql)) cache.set(sql, statement);
    }
    return statement;
  }

  /** better-sqlite3 refuses other statements while rows are being read, so the rest is read first. */
  #drainCursor(): void {
    this.#cursor?.drain();
  }
}

const pingOptions: ExecuteOptions = { prepare: true, exactIntegers: false };

function describeStatement(sql: string, handle: SqliteStatement): CachedStatement {
  const verb = verbOf(sql);
  const inserts = verb === "INSERT" || verb === "REPLACE";
  const writes = inserts || verb === "UPDATE" || verb === "DELETE" || (verb === "WITH" && hidesWrite(sql, handle));
  return { handle, writes, inserts };
}

function hidesWrite(sql: string, handle: SqliteStatement): boolean {
  return !handle.returnsRows || /\)\s*(?:INSERT|REPLACE|UPDATE|DELETE)\b[\s\S]*\bRETURNING\b/i.test(sql);
}

function run(statement: CachedStatement, params: readonly unknown[], options: ExecuteOptions): DriverResult {
  const { handle, writes } = statement;
  if (!handle.returnsRows) {
    const { changes, lastInsertRowid } = handle.run(params);
    const affected = writes ? Number(changes) : 0;
    // of several rows SQLite tells only the last key
    return {
      columns: null,
      rows: NO_ROWS,
      affected,
      lastInsertId: statement.inserts && affected === 1 ? lastInsertRowid : undefined,
    };
  }
  if (options.single === true && !writes) {
    const row = handle.first(params, options.exactIntegers);
    return new SqliteRows(handle, row === undefined ? NO_ROWS : [row], 0);
  }
  const rows = handle.all(params, options.exactIntegers);
  return new SqliteRows(handle, rows, writes ? rows.length : 0);
}

class SqliteRows implements DriverResult {
  readonly rows: readonly Row[];
  readonly affected: number;
  readonly #handle: SqliteStatement;

  constructor(handle: SqliteStatement, rows: readonly Row[], affected: number) {
    this.#handle = handle;
    this.rows = rows;
    this.affected = affected;
  }

  // asked each time: ALTER TABLE changes what a prepared SELECT * returns
  get columns(): readonly DriverColumn[] {
    return this.#handle.columns();
  }
}

class SqliteCursor implements DriverCursor {
  readonly columns: readonly DriverColumn[];
  readonly #forget: () => void;
  #rows: Iterator<Row> | null;

  constructor(handle: SqliteStatement, params: readonly unknown[], exactIntegers: boolean, forget: () => void) {
    this.#forget = forget;
    this.columns = handle.columns();
    this.#rows = handle.iterate(params, exactIntegers);
  }

  fetch(size: number): readonly Row[] {
    const rows: Row[] = [];
    while (this.#rows !== null && rows.length < size) {
      const step = this.#rows.next();
      if (step.done === true) this.#end();
      else rows.push(step.value);
    }
    return rows;
  }

  /** Reads the remaining rows into memory. */
  drain(): void {
    const rest = this.fetch(Number.POSITIVE_INFINITY);
    if (rest.length > 0) this.#rows = rest[Symbol.iterator]();
    this.#forget();
  }

  close(): void {
    const rows = this.#rows;
    this.#end();
    rows?.return?.();
  }

  #end(): void {
    this.#rows = null;
    this.#forget();
  }
}

/** Refuses what SQLite's packages would cut, turn into NULL or fail on without naming the parameter. */
function checkParams(params: readonly unknown[]): void {
  for (let i = 0; i < params.length; i++) {
    const value = params[i];
    if (typeof value === "string" || value === null) continue;
    if (typeof value === "bigint") checkInt64(value);
    else if (typeof value === "number" ? Number.isNaN(value) : !(value instanceof Uint8Array)) refuseParam(value, i);
  }
}

function refuseParam(value: unknown, index: number): never {
  const what =
    value instanceof Date
      ? "a Date"
      : typeof value === "number"
        ? "NaN"
        : value === undefined
          ? "undefined"
          : `a ${typeof value}`;
  throw new ArgumentError(
    `Parameter ${index + 1} is ${what}; SQLite takes numbers, bigints, strings, bytes and null. ` +
      "Give the parameter a type so that it is converted, or pass null for NULL.",
  );
}
