// What a connection is asked to execute, as the driver's adapter hears it: below the library's own events, so that
// nothing runs another way because somebody listens.
import { MysqlConnection } from "../../src/driver/mysql-connection.ts";
import { PgConnection } from "../../src/driver/pg-connection.ts";
import { SqliteConnection } from "../../src/driver/sqlite-connection.ts";
import { WorkerConnection } from "../../src/driver/worker/worker-connection.ts";

type Recorder = (statement: string) => void;

let recorder: Recorder | null = null;

/** Tells one recorder, or none, of all that is sent from now on. */
export function recordSent(next: Recorder | null): void {
  recorder = next;
}

type Describe = (...args: readonly unknown[]) => readonly (string | null)[];

const methods: Readonly<Record<string, Describe>> = {
  execute: (sql, params, options) => [beforeOf(options), text(sql, params)],
  executeMany: (sql, sets, options) => [beforeOf(options), ...(sets as unknown[]).map((params) => text(sql, params))],
  // how a connection is set up when it is opened: how many are open is no matter of colour
  executeScript: (script) => [Array.isArray(script) ? null : withoutNumbers(script)],
  openCursor: (sql, params, options) => [beforeOf(options), `cursor: ${text(sql, params)}`],
};

type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

const known = Symbol.for("athanor.test.sent-statements");

for (const { prototype } of [MysqlConnection, PgConnection, SqliteConnection, WorkerConnection]) {
  // files that share a worker share the classes
  if (known in prototype) continue;
  Object.defineProperty(prototype, known, { value: true });
  const members = prototype as unknown as Record<string, Method>;
  for (const [name, describe] of Object.entries(methods)) {
    const original = members[name] as Method;
    members[name] = function record(...args) {
      if (recorder !== null) for (const line of describe(...args)) if (line !== null) recorder(line);
      return original.apply(this, [...args]);
    };
  }
}

function beforeOf(options: unknown): string | null {
  const { before } = options as { readonly before?: string };
  return before ?? null;
}

/** The SQL, and of what kinds its parameters are: their values may be random, or the time. */
function text(sql: unknown, params: unknown): string {
  const kinds = (params as readonly unknown[]).map(kindOf);
  const shown = withoutNumbers(sql);
  return kinds.length === 0 ? shown : `${shown} [${kinds.join(", ")}]`;
}

/** Numbers of server processes and of two-phase transactions are never the same twice. */
function withoutNumbers(sql: unknown): string {
  return String(sql)
    .replace(/(pg_terminate_backend\(|^KILL )\d+/, "$1…")
    .replace(/^((?:PREPARE TRANSACTION|(?:COMMIT|ROLLBACK) PREPARED|XA [A-Z]+) ).*/s, "$1…");
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return value === null ? "null" : typeof value;
  return value.constructor.name;
}
