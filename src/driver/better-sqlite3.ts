import type { DriverErrorInfo } from "../dialect/index.ts";
import { ArgumentError, AthanorError } from "../errors/index.ts";
import { withPlace } from "./connect-failure.ts";
import type { ConnectTarget, Driver, DriverColumn } from "./driver.ts";
import { SqliteConnection, type SqliteDatabase, type SqliteStatement } from "./sqlite-connection.ts";
import { sqliteErrorInfo } from "./sqlite-error.ts";
import { sqliteTarget } from "./sqlite-target.ts";

interface Statement {
  readonly reader: boolean;
  raw(on: boolean): Statement;
  safeIntegers(on: boolean): Statement;
  all(params: readonly unknown[]): readonly (readonly unknown[])[];
  get(params: readonly unknown[]): readonly unknown[] | undefined;
  run(params: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
  iterate(params: readonly unknown[]): Iterator<readonly unknown[]>;
  columns(): readonly { readonly name: string; readonly type: string | null }[];
}

interface Database {
  readonly open: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): unknown;
}

/** The part of better-sqlite3's module that is used. */
export type BetterSqlite3Module = new (file: string, options?: object) => unknown;

/** The driver for the package `better-sqlite3`: pass its default export. */
export function betterSqlite3Driver(module: BetterSqlite3Module | { readonly default: BetterSqlite3Module }): Driver {
  const Database = typeof module === "function" ? module : module.default;
  if (typeof Database !== "function") throw new ArgumentError("betterSqlite3Driver() takes the better-sqlite3 module.");
  return {
    name: "better-sqlite3",
    dialect: "sqlite",
    answersAtOnce: true,
    connect: (target) => new SqliteConnection(wrapDatabase(open(Database, target))),
    describeError,
  };
}

function open(Database: BetterSqlite3Module, target: ConnectTarget): Database {
  const { file, readonly, mustExist, timeout } = sqliteTarget("better-sqlite3", target);
  try {
    return new Database(file, { readonly, fileMustExist: mustExist, timeout, ...target.connectArgs }) as Database;
  } catch (error) {
    throw withPlace(error, file);
  }
}

function wrapDatabase(database: Database): SqliteDatabase {
  return {
    raw: database,
    get open() {
      return database.open;
    },
    prepare: (sql) => wrapStatement(database.prepare(sql)),
    exec: (sql) => void database.exec(sql),
    close: () => void database.close(),
  };
}

function wrapStatement(statement: Statement): SqliteStatement {
  return statement.reader ? new ReadingStatement(statement) : new WritingStatement(statement);
}

class ReadingStatement implements SqliteStatement {
  readonly returnsRows = true;
  readonly #statement: Statement;
  #exactIntegers = false;

  constructor(statement: Statement) {
    this.#statement = statement.raw(true);
  }

  all(params: readonly unknown[], exactIntegers: boolean): readonly (readonly unknown[])[] {
    return this.#ready(exactIntegers).all(params);
  }

  first(params: readonly unknown[], exactIntegers: boolean): readonly unknown[] | undefined {
    return this.#ready(exactIntegers).get(params);
  }

  run(params: readonly unknown[]): ReturnType<SqliteStatement["run"]> {
    return this.#statement.run(params);
  }

  iterate(params: readonly unknown[], exactIntegers: boolean): Iterator<readonly unknown[]> {
    return this.#ready(exactIntegers).iterate(params);
  }

  columns(): readonly DriverColumn[] {
    return this.#statement.columns().map(({ name, type }) => ({ name, type: type ?? undefined }));
  }

  #ready(exactIntegers: boolean): Statement {
    if (exactIntegers !== this.#exactIntegers) {
      this.#statement.safeIntegers(exactIntegers);
      this.#exactIntegers = exactIntegers;
    }
    return this.#statement;
  }
}

class WritingStatement implements SqliteStatement {
  readonly returnsRows = false;
  readonly #statement: Statement;

  constructor(statement: Statement) {
    this.#statement = statement;
  }

  run(params: readonly unknown[]): ReturnType<SqliteStatement["run"]> {
    return this.#statement.run(params);
  }

  all(params: readonly unknown[]): readonly (readonly unknown[])[] {
    this.#statement.run(params);
    return [];
  }

  first(params: readonly unknown[]): undefined {
    this.#statement.run(params);
  }

  iterate(params: readonly unknown[]): Iterator<readonly unknown[]> {
    return this.all(params)[Symbol.iterator]();
  }

  columns(): readonly DriverColumn[] {
    return [];
  }
}

/** How the messages begin that better-sqlite3 throws as plain TypeError or RangeError. */
const OWN_MESSAGES =
  /^(?:Too (?:few|many) parameter|Missing named parameter|Named parameters|You cannot specify|SQLite3 can only|The (?:database connection|bound|supplied SQL|requested|columns\(\))|This (?:statement|database connection)|Cannot open database|In-memory\/temporary|Expected )/;

function describeError(error: unknown): DriverErrorInfo | null {
  if (!(error instanceof Error) || error instanceof AthanorError) return null;
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string" && code.startsWith("SQLITE_")) return sqliteErrorInfo(error, code);
  const isOwn = (error instanceof TypeError || error instanceof RangeError) && OWN_MESSAGES.test(error.message);
  return isOwn ? sqliteErrorInfo(error, undefined) : null;
}
