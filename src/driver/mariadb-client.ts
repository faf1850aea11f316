import type { DriverResult } from "./driver.ts";
import { mariadbColumn, type MariadbColumnDefinition } from "./mariadb-column.ts";
import {
  type MysqlClient,
  MysqlRows,
  type MysqlStatement,
  type MysqlStream,
  type MysqlStreamListener,
  rowlessResult,
  severalResults,
} from "./mysql-client.ts";
import { type Loss, watchLoss } from "./loss.ts";
import { type MysqlNumbers, mysqlParams } from "./mysql-params.ts";

type Row = readonly unknown[];
type Rows = readonly Row[] & { readonly meta: readonly MariadbColumnDefinition[] };

interface OkPacket {
  readonly affectedRows: number;
  readonly insertId: number | bigint;
}

interface Statement {
  readonly parameterCount: number;
  execute(values: Row): Promise<Rows | OkPacket>;
  executeStream(values: Row): Stream;
  close(): void;
}

/** The readable stream the package gives; it pauses the socket while nobody reads. */
interface Stream {
  read(): Row | null;
  close(): void;
  on(event: "fields", listener: (columns: readonly MariadbColumnDefinition[]) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "readable" | "end", listener: () => void): unknown;
}

/** The part of the mariadb package's connection that is used. */
export interface MariadbPackageConnection {
  readonly threadId: number | null;
  query(sql: string): Promise<Rows | OkPacket>;
  prepare(sql: string): Promise<Statement>;
  batch(sql: string, sets: readonly Row[]): Promise<OkPacket | readonly OkPacket[]>;
  ping(): Promise<void>;
  end(): Promise<void>;
  destroy(): void;
  isValid(): boolean;
  on(event: "error" | "end", listener: (error?: unknown) => void): unknown;
}

const MIN_INT32 = -2147483648;
const MAX_INT32 = 2147483646; // the package sends 2147483647 as a double

const numbers: MysqlNumbers = {
  package: "mariadb",
  // whole numbers beyond 32 bits would travel as doubles, and be compared as such
  convertInteger: (value) => (value >= MIN_INT32 && value <= MAX_INT32 ? value : BigInt(value)),
  convertBigint: (value) => value,
};

/** A connection of the package mariadb. */
export class MariadbClient implements MysqlClient {
  readonly raw: MariadbPackageConnection;
  readonly #loss: Loss;

  constructor(raw: MariadbPackageConnection) {
    this.raw = raw;
    this.#loss = watchLoss(raw);
  }

  get threadId(): number | null {
    return this.raw.threadId;
  }

  get alive(): boolean {
    return !this.#loss.lost && this.raw.isValid();
  }

  async query(sql: string): Promise<DriverResult> {
    return toResult(await this.raw.query(sql));
  }

  async prepare(sql: string): Promise<MysqlStatement> {
    const statement = await this.raw.prepare(sql);
    return {
      parameterCount: statement.parameterCount,
      execute: (values) => statement.execute(values).then(toResult),
      stream: (values) => new MariadbStream(statement.executeStream(values)),
      close: () => statement.close(),
    };
  }

  readonly insertBatch = async (sql: string, sets: readonly Row[]): Promise<DriverResult> => {
    const answer = await this.raw.batch(sql, sets);
    // one for each message it took
    const packets = Array.isArray(answer) ? (answer as readonly OkPacket[]) : [answer as OkPacket];
    const affected = packets.reduce((sum, packet) => sum + packet.affectedRows, 0);
    return rowlessResult(affected, packets[0]?.insertId ?? 0);
  };

  toParams(params: Row): Row {
    return mysqlParams(params, numbers);
  }

  ping(): Promise<void> {
    return this.raw.ping();
  }

  end(): Promise<void> {
    return this.raw.end();
  }

  destroy(): void {
    this.raw.destroy();
  }
}

class MariadbStream implements MysqlStream {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  read(): Row | null {
    return this.#stream.read();
  }

  close(): void {
    this.#stream.close();
  }

  listen(listener: MysqlStreamListener): void {
    let hasRows = false;
    this.#stream.on("fields", (columns) => {
      hasRows = true;
      listener.columns(columns.map(mariadbColumn));
    });
    this.#stream.on("readable", () => {
      // a statement without rows gives its counts as one, and "end" only once that is read
      if (!hasRows) while (this.#stream.read() !== null);
      listener.readable();
    });
    // when the connection closes the package emits "error" without one
    this.#stream.on("error", (error) => listener.end(error));
    this.#stream.on("end", () => listener.end());
  }
}

function toResult(answer: Rows | OkPacket): DriverResult {
  if (isRows(answer)) return new MysqlRows(answer, answer.meta, mariadbColumn);
  return rowlessResult(answer.affectedRows, answer.insertId);
}

function isRows(answer: Rows | OkPacket): answer is Rows {
  if (!Array.isArray(answer)) return false;
  if ("meta" in answer) return true;
  throw severalResults();
}
