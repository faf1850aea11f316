import { ArgumentError, InvalidRequestError } from "../errors/index.ts";
import { LruCache } from "../util/index.ts";
import type { DriverColumn, DriverConnection, DriverResult, ExecuteOptions } from "./driver.ts";
import { mariadbColumn, type MariadbColumnDefinition } from "./mariadb-column.ts";
import { MariadbCursor, type MariadbStream } from "./mariadb-cursor.ts";
import { mariadbParams } from "./mariadb-params.ts";

type Row = readonly unknown[];
type Rows = readonly Row[] & { readonly meta: readonly MariadbColumnDefinition[] };

interface OkPacket {
  readonly affectedRows: number;
  readonly insertId: number | bigint;
}

interface Statement {
  readonly parameterCount: number;
  execute(values: readonly unknown[]): Promise<Rows | OkPacket>;
  executeStream(values: readonly unknown[]): MariadbStream;
  close(): void;
}

/** The part of the mariadb connector's connection that is used. */
export interface MariadbClient {
  readonly threadId: number | null;
  query(sql: string): Promise<Rows | OkPacket>;
  prepare(sql: string): Promise<Statement>;
  batch(sql: string, sets: readonly (readonly unknown[])[]): Promise<OkPacket | readonly OkPacket[]>;
  ping(): Promise<void>;
  end(): Promise<void>;
  destroy(): void;
  isValid(): boolean;
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
}

const KEPT_STATEMENTS = 256;

/** A connection to MariaDB or MySQL over one connection of the mariadb connector. */
export class MariadbConnection implements DriverConnection {
  readonly raw: MariadbClient;
  #alive = true;
  #cursor: MariadbCursor | null = null;
  readonly #cancel: () => Promise<void>;
  readonly #statements: LruCache<string, Statement> = new LruCache(KEPT_STATEMENTS, (statement) => statement.close());

  /** `cancel` ends the statement this connection is running. */
  constructor(client: MariadbClient, cancel: () => Promise<void>) {
    this.raw = client;
    this.#cancel = cancel;
    const lose = (): void => {
      this.#alive = false;
    };
    // without a listener a connection that dies while idle would end the process
    client.on("error", lose);
    client.on("end", lose);
  }

  get alive(): boolean {
    return this.#alive && this.raw.isValid();
  }

  async execute(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<DriverResult> {
    const values = mariadbParams(params);
    await this.#makeReady(options);
    if (!options.prepare && values.length === 0) return toResult(await this.raw.query(sql));
    const statement = await this.#prepare(sql, options.prepare);
    try {
      checkCount(statement, values);
      return toResult(await statement.execute(values));
    } finally {
      if (!options.prepare) statement.close();
    }
  }

  async executeMany(
    sql: string,
    paramSets: readonly (readonly unknown[])[],
    options: ExecuteOptions,
  ): Promise<DriverResult> {
    const sets = paramSets.map(mariadbParams);
    await this.#makeReady(options);
    if (isPlainInsert(sql) && sets.length > 1) return this.#insertBatch(sql, sets);
    const statement = await this.#prepare(sql, true);
    for (const values of sets) checkCount(statement, values);
    // all are written at once and answered in order
    const answers = await allSettled(sets.map((values) => statement.execute(values)));
    return joinResults(answers.map(toResult));
  }

  async executeScript(script: string | readonly string[]): Promise<void> {
    await this.#drainCursor();
    for (const statement of typeof script === "string" ? [script] : script) await this.raw.query(statement);
  }

  async openCursor(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<MariadbCursor> {
    const values = mariadbParams(params);
    await this.#makeReady(options);
    const statement = await this.#prepare(sql, true);
    checkCount(statement, values);
    const cursor = await MariadbCursor.open(statement.executeStream(values), this.#cancel, () => {
      if (this.#cursor === cursor) this.#cursor = null;
    });
    this.#cursor = cursor;
    return cursor;
  }

  async ping(): Promise<void> {
    await this.#drainCursor();
    await this.raw.ping();
  }

  async close(): Promise<void> {
    const hangs = this.#cursor !== null || !this.alive;
    this.#alive = false;
    // behind an unread stream a polite goodbye would wait for ever
    if (hangs) this.raw.destroy();
    else await this.raw.end();
  }

  async #makeReady(options: ExecuteOptions): Promise<void> {
    if (this.#cursor !== null) await this.#drainCursor();
    if (options.before !== undefined) await this.raw.query(options.before);
  }

  /** The protocol sends one answer at a time, so the rest of an open stream is read before anything else is asked. */
  async #drainCursor(): Promise<void> {
    await this.#cursor?.drain();
  }

  async #prepare(sql: string, keep: boolean): Promise<Statement> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = await this.raw.prepare(sql);
    if (keep) this.#statements.set(sql, statement);
    return statement;
  }

  /** The bulk protocol: one message for many rows. */
  async #insertBatch(sql: string, sets: readonly (readonly unknown[])[]): Promise<DriverResult> {
    const statement = await this.#prepare(sql, true);
    for (const values of sets) checkCount(statement, values);
    const answer = await this.raw.batch(sql, sets);
    return joinResults((Array.isArray(answer) ? (answer as readonly OkPacket[]) : [answer as OkPacket]).map(toResult));
  }
}

function isPlainInsert(sql: string): boolean {
  return /^\s*(?:INSERT|REPLACE)\b/i.test(sql) && !/\bRETURNING\b/i.test(sql);
}

/** The connector sends what it is given; the server would read past the end of too few, and misread too many. */
function checkCount(statement: Statement, values: readonly unknown[]): void {
  if (statement.parameterCount === values.length) return;
  throw new ArgumentError(
    `The statement has ${statement.parameterCount} placeholders but ${values.length} parameters were given.`,
  );
}

/** Waits for all, then throws the first failure: nothing may still be under way when the caller goes on. */
async function allSettled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(promises);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}

function toResult(answer: Rows | OkPacket): DriverResult {
  if (isRows(answer)) return new MariadbRows(answer);
  const lastInsertId = answer.insertId === 0n || answer.insertId === 0 ? undefined : answer.insertId;
  return { columns: null, rows: [], affected: answer.affectedRows, lastInsertId };
}

function isRows(answer: Rows | OkPacket): answer is Rows {
  if (!Array.isArray(answer)) return false;
  if ("meta" in answer) return true;
  throw new InvalidRequestError("The statement answered several results. Call procedures over the raw connection.");
}

class MariadbRows implements DriverResult {
  readonly rows: readonly Row[];
  readonly affected = 0;
  readonly #meta: readonly MariadbColumnDefinition[];
  #columns: readonly DriverColumn[] | null = null;

  constructor(rows: Rows) {
    this.rows = rows;
    this.#meta = rows.meta;
  }

  get columns(): readonly DriverColumn[] {
    this.#columns ??= this.#meta.map(mariadbColumn);
    return this.#columns;
  }
}

function joinResults(results: readonly DriverResult[]): DriverResult {
  return {
    columns: results[0]?.columns ?? null,
    rows: results.flatMap((result) => result.rows),
    affected: results.reduce((sum, result) => sum + result.affected, 0),
    lastInsertId: results[0]?.lastInsertId,
  };
}
