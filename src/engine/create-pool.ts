import { type Dialect, getDialect, tailorDialect } from "../dialect/index.ts";
import {
  type ConnectTarget,
  type Driver,
  type DriverConnection,
  isKnownDriver,
  loadDriver,
  workerDriver,
} from "../driver/index.ts";
import { ArgumentError } from "../errors/index.ts";
import { type Flow, type Mode, wait } from "../flow/index.ts";
import { type Pool, type PoolSource, QueuePool, StaticPool } from "../pool/index.ts";
import { isMemoryDatabase, toConnectTarget } from "./connect-target.ts";
import type { EngineOptions } from "./engine-options.ts";
import { wrapDriverError } from "./environment.ts";
import { noSyncEngine } from "./no-sync-path.ts";
import { type IsolationLevel, isolationLevelOf, type TransactionRules, transactionRules } from "./transaction-rules.ts";
import { makeUrl, type Url } from "./url.ts";

/** What a URL says of how connections are made, and the pool that makes them. */
export interface PoolParts {
  readonly url: Url;
  readonly dialect: Dialect;
  readonly driver: Driver;
  readonly isolationLevel: IsolationLevel | null;
  readonly pool: Pool<DriverConnection>;
  readonly defaultLevel: DefaultLevel;
}

/** The isolation level that connections have before anybody sets it; `null` until the first is opened. */
export interface DefaultLevel {
  value: IsolationLevel | null;
}

const defaultLevels = new WeakMap<Pool<DriverConnection>, DefaultLevel>();

/** A pool that passes on all it is asked to another shares what is known of its connections. */
export function shareDefaultLevel(pool: Pool<DriverConnection>, inner: Pool<DriverConnection>): void {
  const known = defaultLevels.get(inner);
  if (known !== undefined) defaultLevels.set(pool, known);
}

/** Makes the pool of a URL, or takes the one that was passed in; connects to nothing. */
export function createPool(urlText: string | Url, options: EngineOptions, mode: Mode): PoolParts {
  const url = makeUrl(urlText);
  const dialect = tailored(getDialect(url.dialect), options);
  const driver = fitDriver(loadDriver(url.dialect, url.driver ?? undefined, options.driver), options.sync, mode);
  const isolationLevel =
    options.isolationLevel === undefined ? null : isolationLevelOf(options.isolationLevel, dialect);
  const target = toConnectTarget(url, options.connectArgs ?? {});
  if (options.pool !== undefined) checkPool(options.pool, url, mode);
  const found = options.pool === undefined ? undefined : defaultLevels.get(options.pool);
  const defaultLevel = found ?? { value: transactionRules[dialect.family].defaultLevel };
  const parts = { dialect, driver, target, isolationLevel, options, defaultLevel };
  const pool = options.pool ?? makePool(url, options, poolSource(parts));
  defaultLevels.set(pool, defaultLevel);
  return { url, dialect, driver, isolationLevel, pool, defaultLevel };
}

function tailored(dialect: Dialect, options: EngineOptions): Dialect {
  const { useInsertmanyvalues, insertmanyvaluesPageSize, jsonSerializer, jsonDeserializer, labelLength } = options;
  return tailorDialect(dialect, {
    insertPage: useInsertmanyvalues === false ? 1 : insertmanyvaluesPageSize,
    serialize: jsonSerializer,
    deserialize: jsonDeserializer,
    labelLength,
  });
}

/** @throws ArgumentError for two ways to open connections, or one that a sync engine cannot wait for. */
export function refuseCreators({ creator, asyncCreator }: EngineOptions, mode: Mode): void {
  if (asyncCreator === undefined) return;
  if (creator !== undefined)
    throw new ArgumentError("The options creator and asyncCreator exclude each other: both open the connections.");
  if (mode === "async") return;
  throw new ArgumentError(
    "asyncCreator answers with promises, which a sync engine cannot wait for. Give it creator, or use createAsyncEngine().",
  );
}

/** A pool that was made of a URL tells what it is of. */
function checkPool(pool: Pool<DriverConnection>, { dialect }: Url, mode: Mode): void {
  const { url, answersAtOnce } = pool as Partial<{ readonly url: Url; readonly answersAtOnce: boolean }>;
  if (url !== undefined && url.dialect !== dialect)
    throw new ArgumentError(`The pool given has connections to ${url.dialect}, and the engine's URL says ${dialect}.`);
  if (mode === "sync" && answersAtOnce === false) {
    throw new ArgumentError(
      "The pool given has connections that must be waited for, which a sync engine cannot do: make it with createPoolFromUrl().",
    );
  }
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

function makePool(url: Url, options: EngineOptions, source: PoolSource<DriverConnection>): Pool<DriverConnection> {
  const PoolOfChoice = options.poolClass ?? (isMemoryDatabase(url) ? StaticPool : QueuePool);
  return new PoolOfChoice(source, { ...options, captureStacks: (options.echoPool ?? false) !== false });
}

interface SourceParts {
  readonly dialect: Dialect;
  readonly driver: Driver;
  readonly target: ConnectTarget;
  readonly isolationLevel: IsolationLevel | null;
  readonly defaultLevel: DefaultLevel;
  readonly options: EngineOptions;
}

/** How the pool opens connections and makes them fit for the next user. */
function poolSource(parts: SourceParts): PoolSource<DriverConnection> {
  const { dialect, driver, target, isolationLevel, defaultLevel, options } = parts;
  const rules = transactionRules[dialect.family];
  const setup = [...dialect.sessionSetup];
  if (isolationLevel !== null && isolationLevel !== "AUTOCOMMIT") setup.push(rules.session(isolationLevel));
  const creator = options.creator ?? options.asyncCreator;
  const wrapError = (error: unknown): unknown => wrapDriverError(error, driver, dialect);
  function* connectFlow(): Flow<DriverConnection> {
    let connection: DriverConnection | null = null;
    try {
      connection = yield* wait(creator === undefined ? driver.connect(target) : creator(target, driver));
      if (
        creator !== undefined &&
        typeof (connection as Partial<DriverConnection> | null)?.executeScript !== "function"
      ) {
        connection = null;
        throw new ArgumentError(
          "An engine's creator answers what the driver's connect() does: (target, driver) => driver.connect(target).",
        );
      }
      if (defaultLevel.value === null) defaultLevel.value = yield* readLevelFlow(connection, rules);
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

/** Asks for the level that a connection has. */
function* readLevelFlow(connection: DriverConnection, rules: TransactionRules): Flow<IsolationLevel> {
  const { rows } = yield* wait(connection.execute(rules.readLevel, [], { prepare: false, exactIntegers: false }));
  return rules.levelOf(rows[0]?.at(-1));
}

/** Closes a connection that is of no use; why is known already. */
function* abandonFlow(connection: DriverConnection): Flow<void> {
  try {
    yield* wait(connection.close());
  } catch {
    // the first error is the one that tells something
  }
}
