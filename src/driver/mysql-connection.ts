import { ArgumentError } from "../errors/index.ts";
import { LruCache } from "../util/index.ts";
import type { DriverConnection, DriverResult, ExecuteOptions } from "./driver.ts";
import type { MysqlClient, MysqlStatement } from "./mysql-client.ts";
import { MysqlCursor } from "./mysql-cursor.ts";
import { type MultiRowInsert, multiRowInsert, pagesOf } from "./mysql-insert.ts";
import { isKeepable, KEPT_TEXTS, verbOf } from "./statement-text.ts";

const KEPT_STATEMENTS = 256;

/** A connection to MariaDB or MySQL, over either package. */
export class MysqlConnection implements DriverConnection {
  readonly #client: MysqlClient;
  #closed = false;
  #cursor: MysqlCursor | null = null;
  readonly #cancel: () => Promise<void>;
  readonly #statements: LruCache<string, MysqlStatement>;
  /** Apart from the others, so that a stream of different texts does not push those out. */
  readonly #texts: LruCache<string, MysqlStatement>;

  /** `cancel` ends the statement this connection is running. */
  constructor(client: MysqlClient, cancel: () => Promise<void>) {
    this.#client = client;
    this.#cancel = cancel;
    this.#statements = new LruCache(KEPT_STATEMENTS, (statement) => statement.close());
    this.#texts = new LruCache(KEPT_TEXTS, (statement) => statement.close());
  }

  get raw(): unknown {
    return this.#client.raw;
  }

  get alive(): boolean {
    return !this.#closed && this.#client.alive;
  }

  async execute(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<DriverResult> {
    const values = this.#client.toParams(params);
    await this.#makeReady(options);
    if (!options.prepare && values.length === 0) return this.#client.query(sql);
    return this.#run(sql, values, options.prepare);
  }

  async executeMany(
    sql: string,
    paramSets: readonly (readonly unknown[])[],
    options: ExecuteOptions,
  ): Promise<DriverResult> {
    const sets = paramSets.map((params) => this.#client.toParams(params));
    await this.#makeReady(options);
    const { rowsPerInsert } = options;
    if (sets.length > 1 && rowsPerInsert !== 1) {
      const { insertBatch } = this.#client;
      if (insertBatch !== null && isPlainInsert(sql)) {
        await this.#prepareFor(sql, sets);
        return insertBatch(sql, sets);
      }
      const insert = insertBatch === null ? multiRowInsert(sql) : null;
      if (insert !== null) return this.#insertPages(insert, sql, sets, rowsPerInsert);
    }
    const statement = await this.#prepareFor(sql, sets);
    // all are written at once, or queued, and answered in order
    return joinResults(await allSettled(sets.map((values) => statement.execute(values))));
  }

  async executeScript(script: string | readonly string[]): Promise<void> {
    await this.#drainCursor();
    for (const statement of typeof script === "string" ? [script] : script) await this.#client.query(statement);
  }

  async openCursor(sql: string, params: readonly unknown[], options: ExecuteOptions): Promise<MysqlCursor> {
    const values = this.#client.toParams(params);
    await this.#makeReady(options);
    const statement = await this.#prepare(sql, true);
    checkCount(statement, values);
    let opened: MysqlCursor | null = null;
    opened = await MysqlCursor.open(statement.stream(values), this.#cancel, () => {
      if (this.#cursor === opened) this.#cursor = null;
    });
    if (!opened.ended) this.#cursor = opened;
    return opened;
  }

  async ping(): Promise<void> {
    await this.#drainCursor();
    await this.#client.ping();
  }

  async close(): Promise<void> {
    const hangs = this.#cursor !== null || !this.alive;
    this.#closed = true;
    // behind an unread stream a polite goodbye would wait for ever
    if (hangs) this.#client.destroy();
    else await this.#client.end();
  }

  async #makeReady(options: ExecuteOptions): Promise<void> {
    if (this.#cursor !== null) await this.#drainCursor();
    if (options.before !== undefined) await this.#client.query(options.before);
  }

  /** The protocol sends one answer at a time, so the rest of an open stream is read before anything else is asked. */
  async #drainCursor(): Promise<void> {
    await this.#cursor?.drain();
  }

  /** A statement that is kept, or for one use: then the caller closes it. */
  async #prepare(sql: string, keep: boolean): Promise<MysqlStatement> {
    const known = this.#statements.get(sql) ?? this.#texts.get(sql);
    if (known !== undefined) return known;
    const statement = await this.#client.prepare(sql);
    if (keep) this.#statements.set(sql, statement);
    else if (isKeepable(sql)) this.#texts.set(sql, statement);
    return statement;
  }

  /** A statement to keep, for sets of parameters that fit. */
  async #prepareFor(sql: string, sets: readonly (readonly unknown[])[]): Promise<MysqlStatement> {
    const statement = await this.#prepare(sql, true);
    for (const values of sets) checkCount(statement, values);
    return statement;
  }

  async #run(sql: string, values: readonly unknown[], keep: boolean): Promise<DriverResult> {
    const statement = await this.#prepare(sql, keep);
    try {
      checkCount(statement, values);
      return await statement.execute(values);
    } finally {
      if (!keep && !this.#isKept(sql, statement)) statement.close();
    }
  }

  #isKept(sql: string, statement: MysqlStatement): boolean {
    return this.#texts.get(sql) === statement || this.#statements.get(sql) === statement;
  }

  /** Many rows a statement, where the package has no bulk protocol; full pages are prepared once. */
  async #insertPages(
    insert: MultiRowInsert,
    sql: string,
    sets: readonly (readonly unknown[])[],
    rowsPerInsert: number | undefined,
  ): Promise<DriverResult> {
    await this.#prepareFor(sql, sets);
    const results: DriverResult[] = [];
    for (const page of pagesOf(sets, rowsPerInsert)) {
      const keep = page.length === 1 || page.isFull;
      results.push(await this.#run(insert.forRows(page.length), page.values, keep));
    }
    return joinResults(results);
  }
}

function isPlainInsert(sql: string): boolean {
  const verb = verbOf(sql);
  return (verb === "INSERT" || verb === "REPLACE") && !/\bRETURNING\b/i.test(sql);
}

/** The packages send what they are given; the server would read past the end of too few, and misread too many. */
function checkCount(statement: MysqlStatement, values: readonly unknown[]): void {
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

/** One result for the executions of one statement. */
function joinResults(results: readonly DriverResult[]): DriverResult {
  return {
    columns: results[0]?.columns ?? null,
    rows: results.flatMap((result) => result.rows),
    affected: results.reduce((sum, result) => sum + result.affected, 0),
    lastInsertId: results[0]?.lastInsertId,
  };
}
