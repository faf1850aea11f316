import type { DriverResult } from "./driver.ts";
import { mysql2Column, type Mysql2ColumnDefinition, renameUnloved } from "./mysql2-column.ts";
import { bigintsOf, exactRow } from "./mysql2-rows.ts";
import { type Mysql2Command, type Mysql2Source, Mysql2Stream } from "./mysql2-stream.ts";
import { type MysqlClient, MysqlRows, type MysqlStatement, rowlessResult, severalResults } from "./mysql-client.ts";
import { type Loss, watchLoss } from "./loss.ts";
import { type MysqlNumbers, mysqlParams } from "./mysql-params.ts";

type Row = readonly unknown[];
type Callback = (error: unknown, answer?: unknown, fields?: unknown) => void;

interface Statement {
  readonly parameters: readonly unknown[];
  execute(values: Row, callback?: Callback): Mysql2Command;
}

interface ResultHeader {
  readonly affectedRows: number | string;
  readonly insertId: number | string;
}

/** The part of the mysql2 package's connection (that with callbacks) that is used. */
export interface Mysql2PackageConnection extends Mysql2Source {
  readonly threadId: number | null;
  readonly stream: { destroy(): unknown };
  connect(callback: Callback): unknown;
  query(sql: string, callback: Callback): Mysql2Command;
  prepare(sql: string, callback: (error: unknown, statement?: Statement) => void): unknown;
  unprepare(sql: string): unknown;
  ping(callback: Callback): unknown;
  end(callback: Callback): unknown;
  destroy(): unknown;
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
}

/** Constructors of parameters with a type; the package has them since 3.24. */
export interface Mysql2TypedParameters {
  readonly LONG: (value: number) => unknown;
  readonly LONGLONG: ((value: bigint) => unknown) & { readonly unsigned: (value: bigint) => unknown };
}

/** A connection of the package mysql2. */
export class Mysql2Client implements MysqlClient {
  readonly raw: Mysql2PackageConnection;
  readonly insertBatch = null;
  readonly #numbers: MysqlNumbers;
  readonly #loss: Loss;

  constructor(raw: Mysql2PackageConnection, numbers: MysqlNumbers) {
    this.raw = raw;
    this.#numbers = numbers;
    this.#loss = watchLoss(raw);
  }

  get threadId(): number | null {
    return this.raw.threadId;
  }

  get alive(): boolean {
    return !this.#loss.lost;
  }

  query(sql: string): Promise<DriverResult> {
    return this.#answer((done) => this.raw.query(sql, done));
  }

  prepare(sql: string): Promise<MysqlStatement> {
    return new Promise((resolve, reject) => {
      this.raw.prepare(sql, (error, statement) => {
        if (statement === undefined) reject(this.#failure(error));
        else resolve(this.#wrap(sql, statement));
      });
    });
  }

  toParams(params: Row): Row {
    return mysqlParams(params, this.#numbers);
  }

  async ping(): Promise<void> {
    await this.#settled((done) => this.raw.ping(done));
  }

  async end(): Promise<void> {
    await this.#settled((done) => this.raw.end(done));
  }

  destroy(): void {
    this.raw.destroy();
    // the package itself only says goodbye, and waits for what the server is still sending
    this.raw.stream.destroy();
  }

  #wrap(sql: string, statement: Statement): MysqlStatement {
    return {
      parameterCount: statement.parameters.length,
      execute: (values) => this.#answer((done) => statement.execute(values, done)),
      stream: (values) => new Mysql2Stream(this.raw, () => statement.execute(values)),
      // the package, too, keeps it by its text
      close: () => void this.raw.unprepare(sql),
    };
  }

  #answer(ask: (done: Callback) => Mysql2Command): Promise<DriverResult> {
    return new Promise((resolve, reject) => {
      const command = ask((error, answer, fields) => {
        try {
          if (isFailure(error)) reject(this.#failure(error));
          else resolve(toResult(answer, fields));
        } catch (failure) {
          reject(failure);
        }
      });
      // nothing, when the connection is closed
      (command as Mysql2Command | undefined)?.on("fields", renameUnloved);
    });
  }

  #settled(ask: (done: Callback) => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      ask((error) => (isFailure(error) ? reject(this.#failure(error)) : resolve()));
    });
  }

  /** A command that fails for want of a connection is told so before the connection is. */
  #failure(error: unknown): unknown {
    if ((error as { fatal?: unknown } | null)?.fatal === true) this.#loss.lost = true;
    return error;
  }
}

function isFailure(error: unknown): boolean {
  return error !== null && error !== undefined;
}

function toResult(answer: unknown, fields: unknown): DriverResult {
  if (!Array.isArray(answer)) {
    const { affectedRows, insertId } = answer as ResultHeader;
    const id = typeof insertId === "string" ? BigInt(insertId) : insertId;
    return rowlessResult(Number(affectedRows), id);
  }
  const definitions = fields as readonly Mysql2ColumnDefinition[];
  if (definitions.length > 0 && (definitions[0] === undefined || Array.isArray(definitions[0]))) throw severalResults();
  const bigints = bigintsOf(definitions);
  if (bigints.length > 0) for (const row of answer as unknown[][]) exactRow(row, bigints);
  return new MysqlRows(answer as Row[], definitions, mysql2Column);
}
