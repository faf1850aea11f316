import { LruCache } from "../util/index.ts";
import type { DriverColumn, DriverConnection, DriverResult, ExecuteOptions, RowTaker } from "./driver.ts";
import { type Loss, watchLoss } from "./loss.ts";
import { PgCursor } from "./pg-cursor.ts";
import { type PgAnswer, PgExchange, type PgField, type PgWire } from "./pg-exchange.ts";
import { pgParams } from "./pg-params.ts";
import { verbOf } from "./statement-text.ts";

/** The part of pg's Client that is used. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(exchange: PgExchange): unknown;
  end(): Promise<void>;
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
  getTransactionStatus?(): string | null;
}

/** A statement the server keeps for this connection, or (without a name) only for the moment. */
interface ServerStatement {
  readonly name: string;
  parsed: boolean;
  /** `undefined`: not described yet; `null`: returns no rows. */
  columns: readonly DriverColumn[] | null | undefined;
}

const KEPT_STATEMENTS = 256;
// a prepared statement keeps the parameter types its tables had when it was prepared
const CHANGES_SCHEMA: ReadonlySet<string> = new Set(["CREATE", "ALTER", "DROP"]);
// without parameters or rows one message does; with BEGIN kept by its name a request takes the server 63 µs, not 66
const ENDS_TRANSACTION: ReadonlySet<string> = new Set(["COMMIT", "ROLLBACK"]);
const EXCHANGE_CHUNK = 512; // sets of parameters written to the socket at once

/** A connection to PostgreSQL over one pg Client. */
export class PgConnection implements DriverConnection {
  readonly raw: PgClient;
  readonly #loss: Loss;
  #statementCount = 0;
  #cursorCount = 0;
  /** A cursor with a transaction of its own. */
  #alone: PgCursor | null = null;
  readonly #statements: LruCache<string, ServerStatement>;
  /** Names evicted from the cache; closed together with the next statement. */
  #dropped: string[] = [];

  constructor(client: PgClient) {
    this.raw = client;
    this.#statements = new LruCache(KEPT_STATEMENTS, (statement) => this.#dropped.push(statement.name));
    this.#loss = watchLoss(client);
  }

  get alive(): boolean {
    return !this.#loss.lost;
  }

  execute(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<DriverResult> {
    return this.#run(sql, [pgParams(params)], options);
  }

  executeMany(sql: string, paramSets: readonly (readonly unknown[])[], options: ExecuteOptions): Promise<DriverResult> {
    return this.#run(sql, paramSets.map(pgParams), options);
  }

  async executeScript(script: string | readonly string[]): Promise<void> {
    const text = typeof script === "string" ? script : script.join(";\n");
    await this.#drainAlone();
    await this.exchange((wire) => wire.query(text));
    this.#statements.clear();
  }

  async openCursor(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<PgCursor> {
    const values = pgParams(params);
    const statement = this.#statement(sql, options.prepare);
    const portal = `athanor_c${++this.#cursorCount}`;
    await this.#drainAlone();
    // without a transaction the portal would be gone before its first row is asked for
    const isAlone = options.before === undefined && this.#isIdle();
    const open = this.#guarded(sql, statement, (wire) => {
      this.#prepare(wire, sql, statement, isAlone ? "BEGIN" : options.before);
      wire.bind({ portal, statement: statement.name, values });
      wire.describe({ type: "P", name: portal });
      wire.sync();
    });
    const answer = isAlone ? await this.#orRollback(open) : await open;
    const cursor = new PgCursor(this, portal, toColumns(answer.fields) ?? [], isAlone);
    if (isAlone) this.#alone = cursor;
    return cursor;
  }

  async ping(): Promise<void> {
    await this.#drainAlone();
    await this.exchange((wire) => wire.query(""));
  }

  async close(): Promise<void> {
    this.#loss.lost = true;
    await this.raw.end();
  }

  /** Writes messages and waits for the server's answer to all of them. */
  exchange(write: (wire: PgWire) => void, taker?: RowTaker): Promise<PgAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        if ((error as { severity?: unknown } | null)?.severity === "FATAL") this.#loss.lost = true;
        reject(error);
      };
      this.raw.query(new PgExchange(write, resolve, fail, taker));
    });
  }

  async #run(sql: string, paramSets: readonly (readonly unknown[])[], options: ExecuteOptions): Promise<DriverResult> {
    if (this.#alone !== null) await this.#drainAlone();
    if (options.before === undefined && ENDS_TRANSACTION.has(sql)) {
      const { affected } = await this.exchange((wire) => wire.query(sql));
      return { columns: null, rows: [], affected };
    }
    const statement = this.#statement(sql, options.prepare);
    const idle = options.prepare && options.before === undefined && this.#isIdle();
    let answer: PgAnswer;
    try {
      answer = await this.#exchangeSets(sql, statement, paramSets, options);
    } catch (error) {
      if (!idle || !isStaleStatement(error)) throw error;
      return this.#run(sql, paramSets, { ...options, prepare: false });
    }
    if (!options.prepare && CHANGES_SCHEMA.has(verbOf(sql))) this.#statements.clear();
    return { columns: statement.columns ?? null, rows: answer.rows, affected: answer.affected };
  }

  #isIdle(): boolean {
    return this.raw.getTransactionStatus?.() === "I";
  }

  async #drainAlone(): Promise<void> {
    const cursor = this.#alone;
    this.#alone = null;
    await cursor?.drain();
  }

  /** Ends the transaction that was begun for something that failed. */
  async #orRollback<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // whether there is one cannot be told yet: the error comes before the word of the transaction's state
      if (this.alive) await this.exchange((wire) => wire.query("ROLLBACK")).catch(() => undefined);
      throw error;
    }
  }

  async #exchangeSets(
    sql: string,
    statement: ServerStatement,
    paramSets: readonly (readonly unknown[])[],
    { before, taker }: ExecuteOptions,
  ): Promise<PgAnswer> {
    const isDescribed = statement.columns !== undefined;
    const write = (wire: PgWire): void => {
      this.#prepare(wire, sql, statement, before);
      writeSets(wire, statement, paramSets);
      wire.sync();
    };
    const answer = await this.#guarded(sql, statement, write, taker);
    if (!isDescribed && paramSets.length > 0) statement.columns = toColumns(answer.fields);
    return answer;
  }

  /** An exchange that uses a statement; when it fails nobody knows whether the server has the statement. */
  async #guarded(
    sql: string,
    statement: ServerStatement,
    write: (wire: PgWire) => void,
    taker?: RowTaker,
  ): Promise<PgAnswer> {
    const wasParsed = statement.parsed;
    try {
      return await this.exchange(write, taker);
    } catch (error) {
      if (isStaleStatement(error)) this.#statements.clear();
      else if (!wasParsed || misfits(error)) this.#forget(sql, statement);
      throw error;
    }
  }

  #statement(sql: string, keep: boolean): ServerStatement {
    if (!keep) return { name: "", parsed: false, columns: undefined };
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement: ServerStatement = { name: `athanor_${++this.#statementCount}`, parsed: false, columns: undefined };
    this.#statements.set(sql, statement);
    return statement;
  }

  #forget(sql: string, statement: ServerStatement): void {
    if (statement.name === "" || this.#statements.get(sql) !== statement) return;
    this.#statements.delete(sql);
    this.#dropped.push(statement.name);
  }

  #prepare(wire: PgWire, sql: string, statement: ServerStatement, before: string | undefined): void {
    if (this.#dropped.length > 0) this.#closeDropped(wire);
    if (before !== undefined) this.#begin(wire, before, statement.name !== "");
    if (statement.parsed) return;
    wire.parse({ text: sql, name: statement.name, types: [] });
    statement.parsed = statement.name !== "";
  }

  /** Writes the statement to run first, which is kept by its name where the one after it is. */
  #begin(wire: PgWire, sql: string, keep: boolean): void {
    const statement = this.#statement(sql, keep);
    if (!statement.parsed) wire.parse({ text: sql, name: statement.name, types: [] });
    statement.parsed = statement.name !== "";
    wire.bind({ portal: "", statement: statement.name, values: [] });
    wire.execute({ portal: "", rows: 0 });
  }

  #closeDropped(wire: PgWire): void {
    for (const name of this.#dropped) wire.close({ type: "S", name });
    this.#dropped = [];
  }
}

function writeSets(wire: PgWire, statement: ServerStatement, paramSets: readonly (readonly unknown[])[]): void {
  const { stream } = wire;
  let isDescribed = statement.columns !== undefined;
  for (let i = 0; i < paramSets.length; i++) {
    wire.bind({ portal: "", statement: statement.name, values: paramSets[i] ?? [] });
    if (!isDescribed) wire.describe({ type: "P", name: "" });
    isDescribed = true;
    wire.execute({ portal: "", rows: 0 });
    if (i % EXCHANGE_CHUNK === EXCHANGE_CHUNK - 1) {
      stream.uncork?.();
      stream.cork?.();
    }
  }
}

/** A value or name that does not fit: perhaps the table was changed after the statement was prepared. */
function misfits(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && (code.startsWith("22") || code.startsWith("42"));
}

/** The server no longer has the statement, or its result changed by DDL: preparing it again helps. */
export function isStaleStatement(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, message, routine } = error as { code?: unknown; message?: unknown; routine?: unknown };
  if (code === "26000") return true;
  return code === "0A000" && (routine === "RevalidateCachedQuery" || /cached plan/.test(String(message)));
}

function toColumns(fields: readonly PgField[] | null): readonly DriverColumn[] | null {
  return fields === null ? null : fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
}
