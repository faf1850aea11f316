import { StatementCache } from "../compile/index.ts";
import { ArgumentError, AsyncMethodRequired } from "../errors/index.ts";
import type { Mode } from "../flow/index.ts";
import { createPool } from "./create-pool.ts";
import { type EngineOptions, engineOptionRules } from "./engine-options.ts";
import { Environment } from "./environment.ts";
import { checkOptionValues } from "./option-rules.ts";
import { consoleLogger, logStatements, poolLog } from "./statement-log.ts";
import type { Url } from "./url.ts";

/**
 * Makes what an engine of a URL is made of; connects to nothing.
 *
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed,
 * AwaitRequired for a sync engine over a driver that answers with promises, when it may not use a worker thread.
 */
export function createEnvironment(urlText: string | Url, options: EngineOptions, mode: Mode): Environment {
  const what = mode === "sync" ? "createEngine" : "createAsyncEngine";
  if (typeof options !== "object" || options === null) throw new ArgumentError(`The options of ${what} are an object.`);
  if ("serverSideCursors" in options) throw noCursorsForAll(what);
  checkOptionValues(options, engineOptionRules, what);
  refuseContradictions(options);
  const { url, dialect, driver, isolationLevel, pool } = createPool(urlText, options, mode);
  const environment = new Environment({
    url,
    dialect,
    driver,
    pool,
    cache: options.queryCacheSize === 0 ? null : new StatementCache(options.queryCacheSize ?? 500),
    jit: options.jit,
    hideParameters: options.hideParameters ?? false,
    isolationLevel,
    options: options.executionOptions ?? {},
    warn: warningLog(options),
  });
  startLogs(environment, options);
  return environment;
}

function noCursorsForAll(what: string): AsyncMethodRequired {
  return new AsyncMethodRequired(
    `${what} has no option serverSideCursors: execute() reads all rows. Use stream() where rows are to come bit by bit; ` +
      "it opens a cursor of the database where it has them.",
  );
}

function refuseContradictions(options: EngineOptions): void {
  if (options.pool === undefined) return;
  for (const other of ["poolClass", "creator", "connectArgs", "isolationLevel"] as const) {
    if (options[other] === undefined) continue;
    throw new ArgumentError(
      `The options pool and ${other} exclude each other: a pool knows how its connections are made.`,
    );
  }
}

function warningLog({
  logger = consoleLogger,
  loggingName: name = "athanor",
}: EngineOptions): (message: string) => void {
  return (message) => logger(`[${name}] ${message}`, "warn");
}

function startLogs({ events, pool }: Environment, options: EngineOptions): void {
  const { echo = false, echoPool = false, logger = consoleLogger, loggingName: name = "athanor" } = options;
  if (echo !== false) logStatements(events, logger, { echo, name, hideParameters: options.hideParameters ?? false });
  // a pool that was passed in has its problems logged by the engine it came from
  if (options.pool === undefined) pool.listen(poolLog(logger, name, echoPool !== false));
}
