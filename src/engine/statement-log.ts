import { describeParameters } from "../errors/index.ts";
import type { Poolable, PoolListener } from "../pool/index.ts";
import type { EngineEventHub, StatementDoneEvent, StatementEvent } from "./engine-events.ts";

/** Takes the library's log lines. */
export type Logger = (message: string, level: "debug" | "info" | "warn") => void;

/** What is logged, under which name. */
export interface StatementLogOptions {
  readonly echo: boolean | "debug";
  readonly hideParameters: boolean;
  readonly name: string;
}

/** Writes to stderr, so that a program's own output stays clean. */
// oxlint-disable-next-line no-console -- a log has to go somewhere when the program names no place
export const consoleLogger: Logger = (message) => console.error(message);

const SHOWN_ROWS = 20;

/** Logs what an engine sends: transactions, statements, parameters, and with `echo: "debug"` the rows. */
export function logStatements(events: EngineEventHub, logger: Logger, options: StatementLogOptions): void {
  const info = (message: string) => logger(`[${options.name}] ${message}`, "info");
  events.add("begin", ({ implicit }) => info(implicit ? "BEGIN (implicit)" : "BEGIN"));
  events.add("prepareTwophase", ({ xid }) => info(`PREPARE ${xid}`));
  events.add("commit", () => info("COMMIT"));
  events.add("rollback", () => info("ROLLBACK"));
  events.add("savepoint", ({ name }) => info(`SAVEPOINT ${name}`));
  events.add("releaseSavepoint", ({ name }) => info(`RELEASE SAVEPOINT ${name}`));
  events.add("rollbackSavepoint", ({ name }) => info(`ROLLBACK TO SAVEPOINT ${name}`));
  events.add("beforeCursorExecute", (event) => {
    info(event.sql);
    info(describeValues(event, options.hideParameters));
  });
  if (options.echo !== "debug") return;
  events.add("afterCursorExecute", ({ result }) => {
    for (const line of describeRows(result)) logger(`[${options.name}] ${line}`, "debug");
  });
}

function describeValues({ params, many }: StatementEvent, hide: boolean): string {
  const sets = many === null ? "" : `[${many} sets] `;
  if (hide) return `${sets}[parameters hidden by hideParameters: true]`;
  return sets + describeParameters(params);
}

function describeRows(result: StatementDoneEvent["result"]): string[] {
  if (result === null || result.rows.length === 0) return [];
  const lines = result.rows.slice(0, SHOWN_ROWS).map((row) => `Row ${describeParameters(row)}`);
  const more = result.rows.length - SHOWN_ROWS;
  return more > 0 ? [...lines, `… and ${more} more rows`] : lines;
}

/** Logs what happens in a pool: always its problems, with `echo` also who comes and goes. */
export function poolLog<C extends Poolable>(logger: Logger, name: string, echo: boolean): PoolListener<C> {
  const debug = (message: string) => logger(`[${name}] pool: ${message}`, "debug");
  const problem = (message: string, error: unknown) =>
    logger(`[${name}] pool: ${message}${error === undefined ? "" : ` ${String(error)}`}`, "warn");
  if (!echo) return { problem };
  return {
    problem,
    connect: () => debug("connection opened"),
    checkout: () => debug("connection taken"),
    reset: () => debug("connection reset"),
    checkin: () => debug("connection given back"),
    invalidate: (_connection, _record, error) => debug(`connection invalidated ${String(error ?? "")}`),
    close: () => debug("connection closed"),
  };
}
