import { ArgumentError, describeParameters } from "../errors/index.ts";
import type { Poolable, PoolListener } from "../pool/index.ts";
import type {
  EngineEventHub,
  EngineEventName,
  EngineEvents,
  StatementDoneEvent,
  StatementEvent,
} from "./engine-events.ts";
import type { Listener } from "./events.ts";

/** Takes the library's log lines. */
export type Logger = (message: string, level: "debug" | "info" | "warn") => void;

/** How much of statements is logged. */
export type Echo = boolean | "debug";

/** How what is logged is shown. */
export interface StatementLogOptions {
  readonly hideParameters: boolean;
  readonly name: string;
}

/** Writes to stderr, so that a program's own output stays clean. */
// oxlint-disable-next-line no-console -- a log has to go somewhere when the program names no place
export const consoleLogger: Logger = (message) => console.error(message);

const SHOWN_ROWS = 20;

/** Logs what an engine sends: transactions, statements, parameters, and with `"debug"` the rows. */
export class StatementLog {
  readonly #events: EngineEventHub;
  readonly #listeners: StatementListeners;
  #echo: Echo = false;

  constructor(events: EngineEventHub, logger: Logger, options: StatementLogOptions) {
    this.#events = events;
    this.#listeners = statementListeners(logger, options);
  }

  get echo(): Echo {
    return this.#echo;
  }

  set echo(echo: Echo) {
    if (echo !== true && echo !== false && echo !== "debug")
      throw new ArgumentError('An engine\'s echo is true, false or "debug".');
    if (this.#echo !== false) this.#each((name, listener) => this.#events.remove(name, listener));
    this.#echo = echo;
    if (echo !== false)
      this.#each((name, listener) => {
        if (echo === "debug" || name !== "afterCursorExecute") this.#events.add(name, listener);
      });
  }

  #each(use: <K extends EngineEventName>(name: K, listener: Listener<EngineEvents[K]>) => void): void {
    for (const name of Object.keys(this.#listeners) as (keyof StatementListeners)[])
      use(name, this.#listeners[name] as Listener<EngineEvents[typeof name]>);
  }
}

type StatementListeners = {
  readonly [K in Exclude<EngineEventName, "engineConnect" | "handleError">]: Listener<EngineEvents[K]>;
};

function statementListeners(logger: Logger, options: StatementLogOptions): StatementListeners {
  const info = (message: string) => logger(`[${options.name}] ${message}`, "info");
  return {
    begin: ({ implicit }) => info(implicit ? "BEGIN (implicit)" : "BEGIN"),
    prepareTwophase: ({ xid }) => info(`PREPARE ${xid}`),
    commit: () => info("COMMIT"),
    rollback: () => info("ROLLBACK"),
    savepoint: ({ name }) => info(`SAVEPOINT ${name}`),
    releaseSavepoint: ({ name }) => info(`RELEASE SAVEPOINT ${name}`),
    rollbackSavepoint: ({ name }) => info(`ROLLBACK TO SAVEPOINT ${name}`),
    beforeCursorExecute: (event) => {
      info(event.sql);
      info(describeValues(event, options.hideParameters));
    },
    afterCursorExecute: ({ result }) => {
      for (const line of describeRows(result)) logger(`[${options.name}] ${line}`, "debug");
    },
  };
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
