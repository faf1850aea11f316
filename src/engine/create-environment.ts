import { StatementCache } from "../compile/index.ts";
import { type Dialect, getDialect } from "../dialect/index.ts";
import {
  type ConnectTarget,
  type Driver,
  type DriverConnection,
  isKnownDriver,
  loadDriver,
  workerDriver,
} from "../driver/index.ts";
import { ArgumentError, AsyncMethodRequired } from "../errors/index.ts";
import { type Flow, type Mode, wait } from "../flow/index.ts";
import { type Pool, type PoolSource, QueuePool, StaticPool } from "../pool/index.ts";
import { isMemoryDatabase, toConnectTarget } from "./connect-target.ts";
import { type EngineOptions, engineOptionRules } from "./engine-options.ts";
import { Environment, wrapDriverError } from "./environment.ts";
import { noSyncEngine } from "./no-sync-path.ts";
import { checkOptionValues } from "./option-rules.ts";
import { consoleLogger, logStatements, poolLog } from "./statement-log.ts";
import { type IsolationLevel, isolationLevelOf, transactionRules } from "./transaction-rules.ts";
import { makeUrl, type Url } from "./url.ts";

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
  const url = makeUrl(urlText);
  const dialect = getDialect(url.dialect);
  const driver = fitDriver(loadDriver(url.dialect, url.driver ?? undefined, options.driver), options.sync, mode);
  const isolationLevel =
    options.isolationLevel === undefined ? null : isolationLevelOf(options.isolationLevel, dialect);
  const target = toConnectTarget(url, options.connectArgs ?? {});
  const pool = options.pool ?? makePool(url, options, poolSource({ dialect, driver, target, isolationLevel, options }));
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

/** A driver that answers with promises serves sync callers from a worker thread. */
function fitDriver(driver: Driver, sync: EngineOptions["sync"], mode: Mode): Driver {
  const isNeeded = sync === "worker" || (mode === "sync" && sync === undefined);
  if (driver.answersAtOnce || !(isNeeded || mode === "sync")) return driver;
  if (!isNeeded) throw noSyncEngine(driver.name);
  if (isKnownDriver(driver)) return workerDriver(driver);
  throw new ArgumentError(
    `The driver ${driver.name} answers with promises and is not one of athanor/drivers/*, so it cannot be run in a worker ` +
      "thread for sync callers. Use createAsyncEngine() without the option sync.",
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

function makePool(url: Url, options: EngineOptions, source: PoolSource<DriverConnection>): Pool<DriverConnection> {
  const PoolOfChoice = options.poolClass ?? (isMemoryDatabase(url) ? StaticPool : QueuePool);
  return new PoolOfChoice(source, { ...options, captureStacks: (options.echoPool ?? false) !== false });
}

interface SourceParts {
  readonly dialect: Dialect;
  readonly driver: Driver;
  readonly target: ConnectTarget;
  readonly isolationLevel: IsolationLevel | null;
  readonly options: EngineOptions;
}

/** How the pool opens connections and makes them fit for the next user. */
function poolSource({ dialect, driver, target, isolationLevel, options }: SourceParts): PoolSource<DriverConnection> {
  const rules = transactionRules[dialect.family];
  const setup = [...dialect.sessionSetup];
  if (isolationLevel !== null && isolationLevel !== "AUTOCOMMIT") setup.push(rules.session(isolationLevel));
  const wrapError = (error: unknown): unknown => wrapDriverError(error, driver, dialect);
  function* connectFlow(): Flow<DriverConnection> {
    let connection: DriverConnection | null = null;
    try {
      connection = yield* wait(
        options.creator === undefined ? driver.connect(target) : options.creator(target, driver),
      );
      if (setup.length > 0) yield* wait(connection.executeScript(setup));
      return connection;
    } catch (error) {
      if (connection !== null) yield* abandonFlow(connection);
      throw wrapError(error);
    }
  }
  function* resetFlow(connection: DriverConnection): Flow<void> {
    const policy = options.poolResetOnReturn;
    if (policy === null) return;
    try {
      yield* wait(connection.executeScript(policy === "commit" ? "COMMIT" : "ROLLBACK"));
    } catch (error) {
      if (rules.nothingToRollBack?.test(String(error)) !== true) throw wrapError(error);
    }
  }
  return { connectFlow, resetFlow };
}

/** Closes a connection that is of no use; why is known already. */
function* abandonFlow(connection: DriverConnection): Flow<void> {
  try {
    yield* wait(connection.close());
  } catch {
    // the first error is the one that tells something
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
