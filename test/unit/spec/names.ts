// Every name of A0, the session proxy, and A1, the async API: where it is, and by the line whose cases have to use it.
import * as athanor from "athanor";
import { engineOptionRules, MappingResultBase, ResultBase, ScalarResultBase } from "../../../src/engine/index.ts";
import type { ExecuteOptions, SessionOptions } from "../../../src/orm/index.ts";
import { SessionProxy } from "../../../src/proxy/index.ts";

type GetOptions = NonNullable<Parameters<athanor.Session["get"]>[2]>;
type MergeOptions = NonNullable<Parameters<athanor.Session["merge"]>[1]>;
type RefreshOptions = NonNullable<Parameters<athanor.Session["refresh"]>[2]>;
type ConnectionRequest = NonNullable<Parameters<athanor.Session["connection"]>[0]>;
type ModifiedOptions = NonNullable<Parameters<athanor.Session["isModified"]>[1]>;
type DisposeOptions = NonNullable<Parameters<athanor.Engine["dispose"]>[0]>;
type Listed<O> = { readonly [K in keyof Required<O>]: true };

// what the compiler knows of options that are in no table: a name that is none, or that is missing, does not compile
const ofExecute = {
  populateExisting: true,
  identityToken: true,
  yieldPer: true,
  bindArguments: true,
  autoflush: true,
  synchronizeSession: true,
  renderNulls: true,
} satisfies Listed<ExecuteOptions>;
const ofGet = {
  populateExisting: true,
  bindArguments: true,
  withForUpdate: true,
  options: true,
  identityToken: true,
  executionOptions: true,
} satisfies Listed<GetOptions>;
const ofMerge = { load: true, options: true } satisfies Listed<MergeOptions>;
const ofRefresh = { withForUpdate: true } satisfies Listed<RefreshOptions>;
const ofConnection = { bindArguments: true, executionOptions: true } satisfies Listed<ConnectionRequest>;
const ofIsModified = { includeCollections: true } satisfies Listed<ModifiedOptions>;
const ofDispose = { close: true } satisfies Listed<DisposeOptions>;
const ofSession = {
  autoflush: true,
  expireOnCommit: true,
  autobegin: true,
  joinTransactionMode: true,
  closeResetsOnly: true,
  twophase: true,
  executionOptions: true,
  concurrency: true,
  warnRepeatedLoads: true,
  syncSessionClass: true,
  info: true,
} satisfies Listed<SessionOptions>;

const sync = new athanor.Session(athanor.createEngine("sqlite://"));
const proxy = new SessionProxy(sync);
const asyncSession = new athanor.AsyncSession(athanor.createAsyncEngine("sqlite://"));
const factory = athanor.asyncSessionmaker(athanor.createAsyncEngine("sqlite://"));
const scoped = athanor.asyncScopedSession(factory, () => 1);
const driverPool = athanor.createPoolFromUrl("sqlite://");

/** Where names are looked for. */
export const places = {
  package: athanor,
  "package athanor/proxy": { SessionProxy },
  proxy,
  session: asyncSession,
  "sync session": sync,
  factory,
  "scoped session": scoped,
  "async engine": athanor.AsyncEngine.prototype,
  engine: athanor.Engine.prototype,
  pool: driverPool,
  connection: athanor.AsyncConnection.prototype,
  "sync connection": athanor.Connection.prototype,
  transaction: athanor.AsyncTransaction.prototype,
  "two-phase transaction": athanor.AsyncTwoPhaseTransaction.prototype,
  result: ResultBase.prototype,
  scalars: ScalarResultBase.prototype,
  mappings: MappingResultBase.prototype,
  "engine option": engineOptionRules,
  "session option": { ...ofSession, binds: true, getBind: true },
  "option of execute()": ofExecute,
  "option of get()": ofGet,
  "option of merge()": ofMerge,
  "option of refresh()": ofRefresh,
  "option of connection()": ofConnection,
  "option of isModified()": ofIsModified,
  "option of dispose()": ofDispose,
  "option of a factory": { class: true },
} as const satisfies Readonly<Record<string, object>>;

/** A place, and names there. */
export type Names = readonly [place: keyof typeof places, ...names: readonly string[]];

/** By line of the lists; each name is used by a case of its line. */
export const names: Readonly<Record<string, readonly Names[]>> = {
  "A0-01": [["package athanor/proxy", "SessionProxy"]],
  "A0-02": [["proxy", "session"]],
  "A0-03": [["proxy", "isAsync"]],
  "A0-04": [["proxy", "equals"]],
  "A0-05": [
    ["proxy", "new", "dirty", "deleted", "identityMap", "noAutoflush", "bind", "info", "autoflush", "isActive"],
    ["proxy", "binds", "executionOptions"],
  ],
  "A0-09": [
    ["proxy", "execute"],
    ["option of execute()", "populateExisting", "bindArguments", "autoflush"],
  ],
  "A0-10": [
    ["proxy", "scalars"],
    ["option of execute()", "populateExisting", "bindArguments", "autoflush"],
  ],
  "A0-11": [
    ["proxy", "scalar"],
    ["option of execute()", "populateExisting", "bindArguments", "autoflush"],
  ],
  "A0-12": [
    ["proxy", "get"],
    ["option of get()", "options", "populateExisting", "withForUpdate", "identityToken", "executionOptions"],
    ["option of get()", "bindArguments"],
    ["option of execute()", "identityToken"],
  ],
  "A0-13": [
    ["proxy", "getOne"],
    ["option of get()", "options", "populateExisting", "withForUpdate", "identityToken"],
    ["package", "NoResultFound"],
  ],
  "A0-14": [
    ["proxy", "refresh"],
    ["option of refresh()", "withForUpdate"],
  ],
  "A0-15": [["proxy", "delete"]],
  "A0-16": [
    ["proxy", "merge"],
    ["option of merge()", "load", "options"],
  ],
  "A0-17": [["proxy", "flush"]],
  "A0-18": [["proxy", "commit"]],
  "A0-19": [["proxy", "rollback"]],
  "A0-20": [["proxy", "close"]],
  "A0-21": [["proxy", "reset"]],
  "A0-22": [["proxy", "invalidate"]],
  "A0-23": [
    ["proxy", "connection"],
    ["option of connection()", "bindArguments", "executionOptions"],
  ],
  "A0-24": [["proxy", "add"]],
  "A0-25": [["proxy", "addAll"]],
  "A0-26": [["proxy", "expire"]],
  "A0-27": [["proxy", "expireAll"]],
  "A0-28": [["proxy", "expunge"]],
  "A0-29": [["proxy", "expungeAll"]],
  "A0-30": [
    ["proxy", "isModified"],
    ["option of isModified()", "includeCollections"],
  ],
  "A0-31": [["proxy", "inTransaction"]],
  "A0-32": [["proxy", "inNestedTransaction"]],
  "A0-33": [["proxy", "getTransaction"]],
  "A0-34": [["proxy", "getNestedTransaction"]],
  "A0-35": [["proxy", "getBind"]],
  "A0-36": [["proxy", "begin"]],
  "A0-37": [["proxy", "beginNested"]],
  "A0-38": [
    ["proxy", "query"],
    ["package", "Query", "NotImplementedError"],
  ],
  "A0-39": [["proxy", "stream"]],
  "A0-40": [["proxy", "streamScalars"]],
  "A0-41": [["proxy", "runSync"]],
  "A0-42": [["proxy", "aclose"]],
  "A1-01": [["package", "createAsyncEngine"]],
  "A1-02": [
    ["engine option", "echo"],
    ["async engine", "echo"],
  ],
  "A1-03": [["engine option", "poolSize"]],
  "A1-04": [["engine option", "maxOverflow"]],
  "A1-05": [["engine option", "poolTimeout"]],
  "A1-06": [["engine option", "poolRecycle"]],
  "A1-07": [
    [
      "engine option",
      "isolationLevel",
      "executionOptions",
      "connectArgs",
      "creator",
      "asyncCreator",
      "poolClass",
      "pool",
    ],
    ["engine option", "poolPrePing", "poolUseLifo", "poolResetOnReturn", "echoPool", "loggingName", "hideParameters"],
    ["engine option", "queryCacheSize", "plugins", "useInsertmanyvalues", "insertmanyvaluesPageSize"],
    ["engine option", "skipAutocommitRollback", "jsonSerializer", "jsonDeserializer", "labelLength"],
    ["package", "ArgumentError"],
  ],
  "A1-08": [["package", "AsyncMethodRequired"]],
  "A1-09": [["package", "AwaitRequired"]],
  "A1-10": [["package", "asyncEngineFromConfig"]],
  "A1-11": [["package", "createAsyncPoolFromUrl"]],
  "A1-12": [["package", "makeUrl"]],
  "A1-13": [
    ["async engine", "connect"],
    ["connection", "start"],
    ["package", "AsyncContextNotStarted", "AsyncContextAlreadyStarted"],
  ],
  "A1-14": [["async engine", "execute"]],
  "A1-15": [["async engine", "begin"]],
  "A1-16": [
    ["async engine", "dispose", "aclose"],
    ["option of dispose()", "close"],
  ],
  "A1-17": [["async engine", "syncEngine"]],
  "A1-18": [["async engine", "dialect", "name", "driver", "url", "pool", "echo"]],
  "A1-19": [["async engine", "executionOptions", "getExecutionOptions", "updateExecutionOptions"]],
  "A1-20": [["async engine", "rawConnection", "clearCompiledCache"]],
  "A1-21": [["async engine", "equals"]],
  "A1-22": [["connection", "execute"]],
  "A1-23": [["connection", "scalar"]],
  "A1-24": [["connection", "scalars"]],
  "A1-25": [["connection", "execDriverSql"]],
  "A1-26": [["connection", "stream", "streamScalars"]],
  "A1-27": [["connection", "begin"]],
  "A1-28": [["connection", "beginNested"]],
  "A1-29": [["connection", "commit"]],
  "A1-30": [["connection", "rollback"]],
  "A1-31": [["connection", "close", "aclose"]],
  "A1-32": [["connection", "inTransaction", "inNestedTransaction", "getTransaction", "getNestedTransaction"]],
  "A1-33": [["connection", "invalidate", "invalidated", "closed", "info", "defaultIsolationLevel"]],
  "A1-34": [["connection", "getIsolationLevel", "executionOptions"]],
  "A1-35": [["connection", "getRawConnection"]],
  "A1-36": [["connection", "runSync"]],
  "A1-38": [["transaction", "commit", "rollback", "close", "isActive", "isValid", "start"]],
  "A1-39": [
    ["session option", "binds", "syncSessionClass", "autoflush", "expireOnCommit", "autobegin", "twophase"],
    ["session option", "joinTransactionMode", "closeResetsOnly", "info", "executionOptions"],
    ["package", "ArgumentError"],
  ],
  "A1-40": [
    ["session", "add", "addAll", "expire", "expireAll", "expunge", "expungeAll", "isModified", "inTransaction"],
    ["session", "inNestedTransaction", "getBind", "has", "identityKey", "new", "dirty", "deleted", "identityMap"],
    ["session", "isActive", "autoflush", "noAutoflush", "info", "executionOptions", "syncSession", "bind", "binds"],
    ["package", "asyncObjectSession"],
  ],
  "A1-41": [
    [
      "session",
      "delete",
      "deleteAll",
      "merge",
      "mergeAll",
      "flush",
      "refresh",
      "commit",
      "rollback",
      "close",
      "aclose",
    ],
    ["session", "reset", "invalidate", "connection", "execute", "scalar", "scalars", "get", "getOne", "stream"],
    ["session", "streamScalars", "runSync"],
  ],
  "A1-42": [["session", "execute"]],
  "A1-43": [["session", "stream"]],
  "A1-44": [["session", "begin", "beginNested"]],
  "A1-45": [["session", "getTransaction", "getNestedTransaction"]],
  "A1-47": [
    ["package", "asyncSessionmaker"],
    ["factory", "begin", "configure"],
    ["option of a factory", "class"],
    ["session option", "autoflush", "expireOnCommit", "info"],
  ],
  "A1-48": [
    ["package", "asyncScopedSession"],
    ["scoped session", "remove", "configure"],
  ],
  "A1-49": [["package", "asyncObjectSession", "asyncSession", "inspect", "closeAllSessions"]],
  "A1-50": [["package", "awaitableAttrs"]],
  "A1-51": [["package", "NotLoadedError"]],
  "A1-53": [
    ["result", "all", "fetchAll", "fetchOne", "fetchMany", "first", "one", "oneOrNone", "scalar", "scalarOne"],
    ["result", "scalarOneOrNone", "scalars", "mappings", "columns", "unique", "partitions", "yieldPer", "freeze"],
    ["result", "keys", "close", "closed", "tuples"],
  ],
  "A1-54": [
    ["scalars", "all", "first", "one", "oneOrNone", "fetchMany", "partitions", "unique", "close", "closed"],
    ["mappings", "all", "first", "one", "oneOrNone", "fetchMany", "partitions", "unique", "close", "closed", "keys"],
  ],
  "A1-55": [["package", "ResourceClosedError"]],
  "A1-56": [["package", "NoResultFound", "MultipleResultsFound", "IntegrityError"]],
  "A1-57": [
    ["session", "runSync"],
    ["connection", "runSync"],
    ["package", "greenletSpawn", "awaitOnly"],
  ],
  "A1-58": [["package", "listen"]],
  "A1-59": [["package", "inspect"]],
};

/** Lines of which none has a name of its own, each with the reason. */
export const nameless: Readonly<Record<string, string>> = {
  "A0-06": "what happens at the end of a block",
  "A0-07": "that it is typed",
  "A0-08": "what answers at once and what with a promise",
  "A0-43": "a principle",
  "A0-44": "the page of the documentation",
  "A1-37": "what happens at the end of a block",
  "A1-46": "what happens at the end of a block",
  "A1-52": "several operations at once",
  "A1-60": "examples",
};
