import { StatementCache } from "../compile/index.ts";
import { ArgumentError, AsyncMethodRequired } from "../errors/index.ts";
import type { Mode } from "../flow/index.ts";
import { createPool, refuseCreators } from "./create-pool.ts";
import type { EngineBase, EngineColour } from "./engine-base.ts";
import { type EngineOptions, engineOptionRules } from "./engine-options.ts";
import { plugIn, tellPlugins } from "./engine-plugins.ts";
import { Environment } from "./environment.ts";
import { checkOptionValues } from "./option-rules.ts";
import { consoleLogger, poolLog } from "./statement-log.ts";
import type { Url } from "./url.ts";

/**
 * Makes an engine of a URL; connects to nothing.
 *
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed,
 * AwaitRequired for a sync engine over a driver that answers with promises, when it may not use a worker thread.
 */
export function makeEngine<M extends Mode>(
  url: string | Url,
  options: EngineOptions,
  colour: EngineColour<M>,
): EngineBase<M> {
  const what = colour.mode === "sync" ? "createEngine" : "createAsyncEngine";
  if (typeof options !== "object" || options === null) throw new ArgumentError(`The options of ${what} are an object.`);
  const used = plugIn(url, options, what);
  const engine = new colour.Engine(createEnvironment(used.url, used.options, colour.mode), colour);
  tellPlugins(used.plugins, engine);
  return engine;
}

function createEnvironment(urlText: string | Url, options: EngineOptions, mode: Mode): Environment {
  const what = mode === "sync" ? "createEngine" : "createAsyncEngine";
  if ("serverSideCursors" in options) throw noCursorsForAll(what);
  checkOptionValues(options, engineOptionRules, what);
  refuseContradictions(options, mode);
  const { url, dialect, driver, isolationLevel, pool, defaultLevel } = createPool(urlText, options, mode);
  const environment = new Environment({
    url,
    dialect,
    driver,
    pool,
    cache: options.queryCacheSize === 0 ? null : new StatementCache(options.queryCacheSize ?? 500),
    jit: options.jit,
    hideParameters: options.hideParameters ?? false,
    isolationLevel,
    defaultLevel,
    skipsAutocommitRollback: options.skipAutocommitRollback ?? false,
    options: options.executionOptions ?? {},
    warn: warningLog(options),
    logger: options.logger ?? consoleLogger,
    loggingName: options.loggingName ?? "athanor",
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

function refuseContradictions(options: EngineOptions, mode: Mode): void {
  if (options.useInsertmanyvalues === false && options.insertmanyvaluesPageSize !== undefined) {
    throw new ArgumentError(
      "insertmanyvaluesPageSize says how many rows share an INSERT, and with useInsertmanyvalues: false none do.",
    );
  }
  refuseCreators(options, mode);
  if (options.pool === undefined) return;
  for (const other of ["poolClass", "creator", "asyncCreator", "connectArgs", "isolationLevel"] as const) {
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

function startLogs({ log, pool }: Environment, options: EngineOptions): void {
  const { echo = false, echoPool = false, logger = consoleLogger, loggingName: name = "athanor" } = options;
  log.echo = echo;
  // a pool that was passed in has its problems logged by the engine it came from
  if (options.pool === undefined) pool.listen(poolLog(logger, name, echoPool !== false));
}
