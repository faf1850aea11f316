import type { DriverErrorInfo } from "../dialect/index.ts";
import { ArgumentError, AthanorError } from "../errors/index.ts";
import { withPlace } from "./connect-failure.ts";
import type { ConnectTarget, Driver, DriverColumn } from "./driver.ts";
import { SqliteConnection, type SqliteDatabase, type SqliteStatement } from "./sqlite-connection.ts";
import { sqliteErrorInfo } from "./sqlite-error.ts";
import { sqliteResultName } from "./sqlite-result-names.ts";
import { sqliteTarget } from "./sqlite-target.ts";

interface Statement {
  /** The text up to the end of the first statement. */
  readonly sourceSQL: string;
  setReturnArrays(on: boolean): void;
  setReadBigInts(on: boolean): void;
  all(...params: readonly unknown[]): unknown;
  get(...params: readonly unknown[]): unknown;
  run(...params: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  iterate(...params: readonly unknown[]): unknown;
  columns(): readonly { readonly name: string; readonly type: string | null }[];
}

interface Database {
  readonly isOpen: boolean;
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

/** The part of `node:sqlite` that is used. */
export interface NodeSqliteModule {
  readonly DatabaseSync: new (file: string, options?: object) => unknown;
}

/** The driver for Node's built-in `node:sqlite`: pass the module. */
export function nodeSqliteDriver(module: NodeSqliteModule): Driver {
  const { DatabaseSync } = module;
  if (typeof DatabaseSync !== "function") throw new ArgumentError("nodeSqliteDriver() takes the node:sqlite module.");
  return {
    name: "node-sqlite",
    dialect: "sqlite",
    answersAtOnce: true,
    connect: (target) => new SqliteConnection(wrapDatabase(open(DatabaseSync, target))),
    describeError,
  };
}

function open(DatabaseSync: NodeSqliteModule["DatabaseSync"], target: ConnectTarget): Database {
  const { file, readonly, timeout } = sqliteTarget("node-sqlite", target);
  try {
    return new DatabaseSync(file, { readOnly: readonly, timeout, ...target.connectArgs }) as Database;
  } catch (error) {
    throw withPlace(error, file);
  }
}

function wrapDatabase(database: Database): SqliteDatabase {
  return {
    raw: database,
    get open() {
      return database.isOpen;
    },
    prepare: (sql) => new NodeStatement(database.prepare(sql), sql),
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
  };
}

class NodeStatement implements SqliteStatement {
  readonly returnsRows: boolean;
  readonly #statement: Statement;
  readonly #parameterCount: number | null;
  #exactIntegers = false;

  constructor(statement: Statement, sql: string) {
    refuseSecondStatement(sql.slice(statement.sourceSQL.length));
    this.#statement = statement;
    this.#parameterCount = countParameters(sql);
    this.returnsRows = statement.columns().length > 0;
    if (this.returnsRows) statement.setReturnArrays(true);
  }

  all(params: readonly unknown[], exactIntegers: boolean): readonly (readonly unknown[])[] {
    return this.#ready(params, exactIntegers).all(...params) as unknown[][];
  }

  first(params: readonly unknown[], exactIntegers: boolean): readonly unknown[] | undefined {
    return this.#ready(params, exactIntegers).get(...params) as unknown[] | undefined;
  }

  run(params: readonly unknown[]): ReturnType<SqliteStatement["run"]> {
    return this.#ready(params, false).run(...params);
  }

  iterate(params: readonly unknown[], exactIntegers: boolean): Iterator<readonly unknown[]> {
    return this.#ready(params, exactIntegers).iterate(...params) as Iterator<readonly unknown[]>;
  }

  columns(): readonly DriverColumn[] {
    return this.#statement.columns().map(({ name, type }) => ({ name, type: type ?? undefined }));
  }

  #ready(params: readonly unknown[], exactIntegers: boolean): Statement {
    if (this.#parameterCount !== null && params.length !== this.#parameterCount) {
      throw new ArgumentError(
        `The statement has ${this.#parameterCount} placeholders but ${params.length} parameters were given.`,
      );
    }
    if (exactIntegers !== this.#exactIntegers) {
      this.#statement.setReadBigInts(exactIntegers);
      this.#exactIntegers = exactIntegers;
    }
    return this.#statement;
  }
}

/** node:sqlite ignores what follows the first statement, in silence. */
function refuseSecondStatement(rest: string): void {
  if (/^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/.test(rest)) return;
  throw new ArgumentError("The SQL holds more than one statement. Run them one by one, or as a script.");
}

const SQL_TOKENS = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|\?\d*|[:@$]\w+/g;

/** node:sqlite binds NULL to placeholders without a parameter, in silence; `null` where placeholders have names. */
function countParameters(sql: string): number | null {
  if (!sql.includes("?")) return /[:@$]\w/.test(sql) ? null : 0;
  let count = 0;
  for (const [token] of sql.matchAll(SQL_TOKENS)) {
    if (/^[:@$]/.test(token)) return null;
    if (token === "?") count++;
    else if (token.startsWith("?")) count = Math.max(count, Number(token.slice(1)));
  }
  return count;
}

function describeError(error: unknown): DriverErrorInfo | null {
  if (!(error instanceof Error) || error instanceof AthanorError) return null;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code === "ERR_SQLITE_ERROR") return sqliteErrorInfo(error, sqliteResultName(Number(errcode)));
  if (code === "ERR_INVALID_STATE" || code === "ERR_INVALID_ARG_TYPE" || code === "ERR_INVALID_ARG_VALUE") {
    return sqliteErrorInfo(error, undefined);
  }
  if (code === "ERR_OUT_OF_RANGE")
    return { message: `${error.message}. Map the column as bigint()`, code: "SQLITE_TOOBIG" };
  return null;
}
