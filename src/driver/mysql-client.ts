// What the packages mariadb and mysql2 are brought to, so that one adapter serves both.
import { InvalidRequestError } from "../errors/index.ts";
import type { DriverColumn, DriverResult } from "./driver.ts";

/** One connection of a package. */
export interface MysqlClient {
  /** The package's own object. */
  readonly raw: unknown;
  readonly alive: boolean;
  /** Runs a statement without parameters over the text protocol. */
  query(sql: string): Promise<DriverResult>;
  prepare(sql: string): Promise<MysqlStatement>;
  /** The bulk protocol, one message for many rows, where the package speaks it. */
  readonly insertBatch: ((sql: string, sets: readonly (readonly unknown[])[]) => Promise<DriverResult>) | null;
  /** Parameters as the package sends them without loss. @throws ArgumentError for what it cannot send. */
  toParams(params: readonly unknown[]): readonly unknown[];
  ping(): Promise<void>;
  end(): Promise<void>;
  /** Ends the connection without waiting for what is still under way. */
  destroy(): void;
}

/** A statement the server keeps for the connection until it is closed. */
export interface MysqlStatement {
  readonly parameterCount: number;
  execute(values: readonly unknown[]): Promise<DriverResult>;
  stream(values: readonly unknown[]): MysqlStream;
  close(): void;
}

/** Rows as they arrive; the server waits while nobody reads. */
export interface MysqlStream {
  /** The next row; `null` when none is there yet, or none is to come. */
  read(): readonly unknown[] | null;
  /** Throws away what is still to come. */
  close(): void;
  /** Called once, before anything has arrived. */
  listen(listener: MysqlStreamListener): void;
}

/** Is told what arrives. */
export interface MysqlStreamListener {
  columns(columns: readonly DriverColumn[]): void;
  readable(): void;
  /** No more rows will come, because of an error where there is one. */
  end(error?: unknown): void;
}

type Row = readonly unknown[];

/** What a statement without rows answered. */
export function rowlessResult(affected: number, insertId: number | bigint): DriverResult {
  const lastInsertId = insertId === 0n || insertId === 0 ? undefined : insertId;
  return { columns: null, rows: [], affected, lastInsertId };
}

/** Rows, with columns worked out when they are asked for. */
export class MysqlRows<D> implements DriverResult {
  readonly rows: readonly Row[];
  readonly affected = 0;
  readonly #definitions: readonly D[];
  readonly #describe: (definition: D) => DriverColumn;
  #columns: readonly DriverColumn[] | null = null;

  constructor(rows: readonly Row[], definitions: readonly D[], describe: (definition: D) => DriverColumn) {
    this.rows = rows;
    this.#definitions = definitions;
    this.#describe = describe;
  }

  get columns(): readonly DriverColumn[] {
    this.#columns ??= this.#definitions.map(this.#describe);
    return this.#columns;
  }
}

/** What CALL answers, for which there is no place in a result. */
export function severalResults(): InvalidRequestError {
  return new InvalidRequestError("The statement answered several results. Call procedures over the raw connection.");
}
