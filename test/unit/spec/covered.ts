// Where each line of the two lists of names is tried: A0, the session proxy, and A1, the async API.

/** A file under `test`, and the title of a case in it. */
export type Case = readonly [file: string, title: string];

const proxy = "contract/proxy.test.ts";
const members = "contract/proxy-members.test.ts";
const itself: Case = [members, "the session itself is there, its kind, and whether another is the same"];
const ofMember = (method: string): readonly Case[] => [
  [members, "$method()"],
  [members, method],
];
const matrix: Case = [proxy, "$method"];
const engine = "unit/engine/create-engine.test.ts";
const connection = "contract/engine-connection.test.ts";
const driverPool = "contract/driver-pool.test.ts";
const result = "contract/engine-result.test.ts";
const pool = "unit/pool/queue-pool.test.ts";
const api = "contract/async/api.test.ts";
const cancelled = "contract/async/cancelled.test.ts";
const scoped = "contract/async/scoped-session.test.ts";
const runSync = "contract/session/run-sync.test.ts";
const every: Case = [result, "of ${way} can be read in every way"];
const options: Case = [api, "refuse server-side cursors for all, unknown options, and wrong values"];
const raw: Case = [api, "getRawConnection() answers the driver's, a new one when the last was invalidated"];
const adopted: Case = [api, "a read that began a transaction by itself is taken over by begin(), a write is not"];
const colours: Case = [api, "each colour refuses an engine of the other, and says which one it takes"];
const unawaited = "contract/async/not-awaited.test.ts";
const proxyOptions = "contract/proxy-options.test.ts";
const engineOptions = "contract/engine-options.test.ts";
const poolOptions = "contract/pool-options.test.ts";
const calls = "contract/engine-calls.test.ts";
const closed = "contract/after-close.test.ts";
const sessionOptions = "contract/session/session-options.test.ts";
const classes = "contract/session/session-classes.test.ts";
const tokens = "contract/session/identity-token.test.ts";
const someObjects = "contract/session/flush-objects.test.ts";
const query = "contract/session/query.test.ts";
const blocks = "contract/session/blocks.test.ts";
const harmless: Case = [proxyOptions, "to await what answers at once is harmless"];
const params: Case = [proxyOptions, "execute(), scalars() and scalar() take params: values by name, or a list of them"];
const ofExecute: readonly Case[] = [
  params,
  [
    proxyOptions,
    "execute(), scalars() and scalar() take execution options: populateExisting, autoflush, names of your own",
  ],
  [proxyOptions, "statements, get() and connection() take bindArguments, which name the engine"],
];
const ofGet: readonly Case[] = [
  [proxyOptions, "get() and getOne() take options, which load along"],
  [proxyOptions, "get() and getOne() take populateExisting, which reads again and overwrites"],
  [proxyOptions, "get(), getOne() and refresh() take withForUpdate, which locks"],
  [proxyOptions, "get() and getOne() take an identityToken, under which the key is another object"],
  [proxyOptions, "get() takes executionOptions: autoflush, and names of your own for listeners"],
  [proxyOptions, "statements, get() and connection() take bindArguments, which name the engine"],
  [tokens, "get() gives an object for each token, from where getBind sends it"],
];
const everyMethod: readonly Case[] = [
  [
    result,
    "fetchAll() is all(), tuples() the result itself, and one() and their like insist, of rows, scalars and mappings",
  ],
];
const keeping: Case = [
  poolOptions,
  "poolSize are kept, maxOverflow more may be open, and poolTimeout ends a wait for others",
];
const oneValue: Case = [calls, "scalar() gives one value, scalars() a column, of a connection's statement"];
const ended: Case = [
  calls,
  "commit() keeps what was written, rollback() does not, and without a transaction both have nothing to do",
];
const ofRow = (method: string): Case => [proxy, `method: "${method}"`];
const otherEngines: Case = [poolOptions, "an engine tells its dialect, name, driver, url, pool and echo"];
const ofTransaction: Case = [
  calls,
  "a connection tells its transaction and its innermost savepoint, the same object each time",
];
const laterOptions: Case = [
  calls,
  "updateExecutionOptions() changes the engine itself, for connections taken from now on, and no copies",
];
const perCall: Case = [calls, "options of a call go before the statement's and the connection's; listeners see them"];
const aclose: Case = [engineOptions, "aclose() closes connections, engines and pools"];
const afterClose: Case = [closed, "a connection refuses whatever would need it, and closes again without a word"];
const inspected: readonly Case[] = [
  [calls, "inspect() works inside of runSync(), over every driver in a generator function"],
  [calls, "inspect() works inside of runSync() of connections and sessions, in plain functions"],
];
const creators: readonly Case[] = [
  [poolOptions, "a creator that answers something else than a driver's connection is refused"],
  [poolOptions, "creator opens each connection, when the first is asked for"],
  [engineOptions, "asyncCreator opens each connection, by the driver it is given"],
  [engineOptions, "options that contradict each other, and answers of plugins that are none, are refused"],
];
const mistaken: Case = [unawaited, "$call is no $name yet"];
const once: Case = [unawaited, "is started once: a second start() says so"];
const states: Case = [connection, "the transaction's own methods act on the connection's state"];

/** Methods of the proxy, which the matrix calls one by one. */
const methods: Readonly<Record<string, string>> = {
  "A0-09": "execute",
  "A0-10": "scalars",
  "A0-11": "scalar",
  "A0-12": "get",
  "A0-13": "getOne",
  "A0-14": "refresh",
  "A0-15": "delete",
  "A0-16": "merge",
  "A0-17": "flush",
  "A0-18": "commit",
  "A0-19": "rollback",
  "A0-20": "close",
  "A0-24": "add",
  "A0-25": "addAll",
  "A0-26": "expire",
  "A0-27": "expireAll",
  "A0-28": "expunge",
  "A0-29": "expungeAll",
  "A0-30": "isModified",
  "A0-31": "inTransaction",
  "A0-32": "inNestedTransaction",
  "A0-38": "query",
  "A0-39": "stream",
  "A0-40": "streamScalars",
  "A0-41": "runSync",
  "A0-42": "aclose",
};

/** What the methods' options do, one by one. */
const ofOptions: Readonly<Record<string, readonly Case[]>> = {
  "A0-09": ofExecute,
  "A0-10": ofExecute,
  "A0-11": ofExecute,
  "A0-12": ofGet,
  "A0-13": ofGet,
  "A0-14": [
    [proxyOptions, "refresh() takes attributeNames, which are read and no others"],
    [proxyOptions, "get(), getOne() and refresh() take withForUpdate, which locks"],
  ],
  "A0-15": [[proxyOptions, "delete() loads what its cascades need to know, and answers nothing"]],
  "A0-16": [
    [proxyOptions, "merge() takes load: false, which asks the database nothing, and options, which load along"],
  ],
  "A0-17": [
    [someObjects, "writes those and leaves new, changed and deleted others for the next"],
    [someObjects, "takes along what refers to new objects, what they refer to, and where they came from"],
  ],
  "A0-24": [harmless],
  "A0-25": [harmless],
  "A0-26": [harmless, [proxyOptions, "expire() takes attributeNames, which are read when they are asked for"]],
  "A0-30": [[proxyOptions, "isModified() takes includeCollections: false, which looks at columns and references only"]],
  "A0-39": [[proxyOptions, "stream() and streamScalars() take params and options, as execute() does"]],
  "A0-40": [[proxyOptions, "stream() and streamScalars() take params and options, as execute() does"]],
  "A0-41": [[proxyOptions, "runSync() calls a function with the sync session and arguments, and answers what it did"]],
  "A0-38": [
    [query, "is refused by async sessions, with what to write instead"],
    [query, "every member of a query has a case"],
    [query, "$member sends what it says"],
  ],
};

const ofMethods = Object.fromEntries(
  Object.entries(methods).map(([line, method]): [string, readonly Case[]] => [
    line,
    [matrix, ofRow(method), ...(ofOptions[line] ?? [])],
  ]),
);

export const covered: Readonly<Record<string, readonly Case[]>> = {
  ...ofMethods,
  "A0-01": [itself, [proxy, "%s is refused"]],
  "A0-02": [itself],
  "A0-03": [itself],
  "A0-04": [itself],
  "A0-05": [
    [members, "properties are those of the session"],
    [members, "the proxy has each member of both sessions, but for those that are left out with a reason"],
    ...ofMember("noAutoflush"),
  ],
  "A0-06": [[proxy, "closes its session at the end of a block"]],
  "A0-07": [
    [members, "values are plain over a sync session, promises over an async one"],
    [members, "the proxy has each member of both sessions, but for those that are left out with a reason"],
    ["package/package.test.ts", "every entry point is importable, and no other file"],
  ],
  "A0-08": [
    matrix,
    [members, "values are plain over a sync session, promises over an async one"],
    [members, "code for both kinds awaits either"],
  ],
  "A0-21": [...ofMember("reset"), [proxyOptions, "reset() opens a session again that close() shut for good"]],
  "A0-22": [[members, "invalidate() closes the connection instead of giving it back"]],
  "A0-23": [
    ...ofMember("connection"),
    [proxyOptions, "connection() takes executionOptions for a connection that is not there yet"],
    [proxyOptions, "statements, get() and connection() take bindArguments, which name the engine"],
  ],
  "A0-33": ofMember("getTransaction"),
  "A0-34": ofMember("getNestedTransaction"),
  "A0-35": ofMember("getBind"),
  "A0-36": ofMember("begin"),
  "A0-37": ofMember("beginNested"),
  "A0-43": [
    [members, "each call is one call of the session; what it answers or throws comes as it is"],
    [members, "every method is one call of the session, with the same arguments, whose answer comes as it is"],
  ],
  "A0-44": [matrix],
  "A1-01": [
    [engine, "connects to nothing before it is used"],
    [engine, "closes with its scope and does not commit"],
    [engine, "its errors are rejections, never exceptions"],
    [poolOptions, "creator opens each connection, when the first is asked for"],
  ],
  "A1-02": [
    [connection, "echo logs statements but no credentials"],
    [calls, "echo can be read and set"],
  ],
  "A1-03": [[pool, "opens connections when they are needed and keeps them"], keeping],
  "A1-04": [[pool, "never opens more than allowed, whoever fails and leaves"], keeping],
  "A1-05": [[pool, "a wait ends with an error that names who holds what and where it was asked for"], keeping],
  "A1-06": [
    [pool, "replaces connections that are known to be dead, too old, or silent to a ping"],
    [poolOptions, "poolRecycle is the age at which a connection is replaced; -1 is never"],
  ],
  "A1-07": [
    options,
    ...creators,
    [engine, "chooses the pool by the database"],
    [driverPool, "serves engines as their pool"],
    [poolOptions, "poolPrePing tests a connection before it is handed out again"],
    [poolOptions, "poolUseLifo hands out what came back last, otherwise what has waited longest"],
    [poolOptions, "poolResetOnReturn is what a raw connection is sent when it comes back"],
    [poolOptions, "poolClass is how connections are kept: NullPool keeps none"],
    [poolOptions, "echoPool logs what the pool does, under the loggingName, to the logger"],
    [poolOptions, "hideParameters keeps values out of logs and errors"],
    [poolOptions, "queryCacheSize is how many compiled statements are kept"],
    [poolOptions, "executionOptions are those of all connections"],
    [poolOptions, "connectArgs reach the driver, and win over the URL"],
    [engineOptions, "useInsertmanyvalues: false gives each new object and row an INSERT of its own"],
    [engineOptions, "insertmanyvaluesPageSize is how many rows share an INSERT"],
    [engineOptions, "by default 1,000 rows share one at most"],
    [engineOptions, "plugins change the URL and the options in turn, and hear of the engine"],
    [engineOptions, "skipAutocommitRollback spares connections under AUTOCOMMIT the ROLLBACK, and no others"],
    [
      engineOptions,
      "jsonSerializer and jsonDeserializer write and read JSON, of columns, parameters and what SQL answers",
    ],
    [engineOptions, "labelLength is the most that a made-up name has"],
    [engineOptions, "a connection knows the level that connections have before anybody sets one"],
  ],
  "A1-08": [options, [api, "what would make execute() a stream is refused"]],
  "A1-09": [[engine, "refuses wrong URLs, and drivers that answer with promises where no worker may be used"]],
  "A1-10": [
    [api, "are read from the keys of a configuration that have the prefix"],
    [poolOptions, "an engine is made of the keys of a configuration, whose values may be text"],
  ],
  "A1-11": [
    [driverPool, "gives out connections of the driver, and takes them back"],
    [driverPool, "serves engines as their pool"],
    [driverPool, "wrong options and URLs are refused, naming the function"],
    [closed, "a pool without an engine gives out others, and what it gave out is none any more"],
    [engineOptions, "an engine over a pool made elsewhere knows the default level, too"],
  ],
  "A1-12": [["unit/engine/url.test.ts", "is taken apart and decoded"]],
  "A1-13": [
    [unawaited, "is no connection yet: each use says so, and none is left checked out"],
    [unawaited, "is refused by a block, before its body runs"],
    once,
    [connection, "a closed connection says so"],
    [cancelled, "at the end of every block of await using"],
    [calls, "connect(fn) hands a connection to a function, closes it afterwards, and commits nothing by itself"],
  ],
  "A1-14": [
    ["contract/engine-faults.test.ts", "every engine call in flight at once comes home"],
    [calls, "execute() reads all rows in a transaction of its own, commits, and gives the connection back"],
    [calls, "execute() rolls back and gives the connection back when the statement fails"],
    [calls, "what execute() answered of a write has no rows"],
  ],
  "A1-15": [[connection, "begin(fn) commits, or rolls back when the function throws, and answers what it answered"]],
  "A1-16": [
    ["contract/engine-faults.test.ts", "dispose leaves the engine usable and its connections in use alone"],
    [pool, "dispose closes the free ones, later those in use, and the pool goes on"],
    [closed, "an engine opens other connections, and those in use go on"],
    [closed, "dispose({ close: false }) forgets the free connections, which stay as they are"],
    aclose,
  ],
  "A1-17": [
    [engine, "has a sync form over drivers that answer at once, sharing pool and database"],
    [calls, "syncEngine is the sync form over the same pool, where sync callers can be served"],
  ],
  "A1-18": [[engine, "tells what it is"], otherEngines, [calls, "echo can be read and set"]],
  "A1-19": [
    [connection, "an engine's isolation level is that of all its connections, an option engine's that of its own"],
    laterOptions,
    [api, "over one sync engine are equal, and have it as their sync form"],
  ],
  "A1-20": [
    [cancelled, "at the end of every block of await using"],
    [calls, "clearCompiledCache() forgets statements, which are compiled anew"],
    [closed, "a raw connection is none any more"],
  ],
  "A1-21": [[api, "over one sync engine are equal, and have it as their sync form"]],
  "A1-22": [[api, "what would make execute() a stream is refused"], perCall],
  "A1-23": [oneValue, perCall, adopted],
  "A1-24": [oneValue, perCall, [connection, "operations started together run in order"]],
  "A1-25": [[connection, "execDriverSql takes the driver's own placeholders"]],
  "A1-26": [[api, "a connection's stream is closed when its loop ends, also by an error"], mistaken, perCall],
  "A1-27": [adopted, mistaken, [calls, "a block takes a function and nothing else"]],
  "A1-28": [[connection, "savepoints nest, and end with the one around them"]],
  "A1-29": [[connection, "commits what it is told to and nothing else"], ended],
  "A1-30": [ended],
  "A1-31": [[connection, "a closed connection says so"], afterClose, aclose],
  "A1-32": [states, adopted, ofTransaction],
  "A1-33": [
    [connection, "an invalidated connection opens another outside of a transaction"],
    [calls, "info belongs to the physical connection, invalidate() makes that another one"],
    [engineOptions, "a connection knows the level that connections have before anybody sets one"],
    afterClose,
  ],
  "A1-34": [[connection, "isolation levels are checked, set for transactions, and gone when the connection is"]],
  "A1-35": [raw],
  "A1-36": [[api, "metadata.createAll takes the async engine, and its sync form where there is one"], ...inspected],
  "A1-37": [[cancelled, "in an engine's begin() and connect()"]],
  "A1-38": [
    states,
    once,
    ofTransaction,
    [closed, "a transaction and a savepoint are over: commit() says so, rollback() and close() have nothing to do"],
  ],
  "A1-39": [
    colours,
    ["contract/session/session-life.test.ts", "needs begin() each time with autobegin: false"],
    [sessionOptions, "autoflush: false leaves changes unwritten before queries"],
    [sessionOptions, "expireOnCommit: false trusts what was read before a commit"],
    [sessionOptions, "autobegin: false waits for begin()"],
    [sessionOptions, "closeResetsOnly: false shuts the session for good"],
    [sessionOptions, "joinTransactionMode says what becomes of the transaction of a connection"],
    [sessionOptions, "info is free for any use, and the session's own"],
    [sessionOptions, "executionOptions are those of everything it executes; statements' and calls' go before them"],
    [sessionOptions, "binds names engines for classes and tables"],
    [sessionOptions, "twophase: true prepares before it commits"],
    [sessionOptions, "others, and values of the wrong kind, are refused by name"],
    [classes, "syncSessionClass is what functions given to runSync get"],
    [classes, "classes that cannot serve are refused, and say why"],
    [closed, "a session with closeResetsOnly: false refuses everything but reset()"],
    [closed, "a session that may be used again begins anew"],
  ],
  "A1-40": [
    matrix,
    ...["add", "addAll", "expire", "expireAll", "expunge", "expungeAll", "isModified"].map(ofRow),
    ...["inTransaction", "inNestedTransaction"].map(ofRow),
    ...["getBind", "has", "identityKey", "noAutoflush", "Symbol.iterator"].flatMap(ofMember),
    harmless,
    [members, "properties are those of the session"],
    ["contract/session/autoflush.test.ts", "is told and set by a property, which noAutoflush() leaves as it was"],
    ["contract/session/binds.test.ts", "are told as they were named"],
    [api, "objects know their async session, and the sync form of it leads back"],
  ],
  "A1-41": [
    matrix,
    ...["delete", "merge", "flush", "refresh", "commit", "rollback", "close", "aclose", "execute", "scalar"].map(ofRow),
    ...["scalars", "get", "getOne", "stream", "streamScalars", "runSync"].map(ofRow),
    ...["deleteAll", "mergeAll", "reset", "connection"].flatMap(ofMember),
    [members, "invalidate() closes the connection instead of giving it back"],
  ],
  "A1-42": [[cancelled, "results survive commit and close, and blocks may end what they began"]],
  "A1-43": [
    ["contract/orm/session.test.ts", "a stream that is left early, or by an error, leaves the session usable"],
    mistaken,
  ],
  "A1-44": [
    ["contract/session/states.test.ts", "handles tell what they stand for"],
    [blocks, "begin(fn) hands it the transaction, commits, answers what it answered, and the session goes on"],
    [blocks, "begin(fn) rolls back when it throws, throws the same, and the session goes on"],
    [blocks, "beginNested(fn) releases its savepoint, or rolls back what was done since, and no more"],
    [blocks, "a transaction that the block ended itself stays so, and no other begins in the block"],
  ],
  "A1-45": [
    ["contract/session/states.test.ts", "handles tell what they stand for"],
    ...ofMember("getTransaction"),
    ...ofMember("getNestedTransaction"),
  ],
  "A1-46": [
    [cancelled, "at the end of every block of await using"],
    [
      blocks,
      "a block of using or await using ends the transaction, the savepoint or the session, and commits none of them",
    ],
  ],
  "A1-47": [
    [api, "a factory's call overrides its options, merges info, and configure() changes it"],
    [cancelled, "by a timeout, while what was started goes on and finds its session closed"],
    [classes, "a factory makes sessions of its option class, whose listeners hear of them"],
    [calls, "async callbacks are refused in every sync block, which rolls back and gives the connection back"],
  ],
  "A1-48": [
    [scoped, "is one session for each async context, closed when its scope ends"],
    [scoped, "takes a function that tells scopes apart, and forgets each that is removed"],
    [scoped, "has all that a session has, and what makes sessions"],
    [closed, "a scoped session makes another after remove()"],
    [scoped, "leave nothing behind: no session, no connection, no transaction, no row"],
  ],
  "A1-49": [
    [api, "objects know their async session, and the sync form of it leads back"],
    ["contract/session/states.test.ts", "closeAllSessions() closes what is in use, of either colour"],
  ],
  "A1-50": [[api, "what is not loaded says what to await; awaitableAttrs loads it once"]],
  "A1-51": [
    [api, "what is not loaded says what to await; awaitableAttrs loads it once"],
    [api, "each kind of what is not loaded says so; what is known without the database is there"],
  ],
  "A1-52": [["contract/session/concurrency.test.ts", "run in the order in which they were started, on one connection"]],
  "A1-53": [every, ...everyMethod, [result, "of ${way} insists on how many rows there are"]],
  "A1-54": [every, ...everyMethod],
  "A1-55": [
    [result, "of ${way} tells an end from a close"],
    ...everyMethod,
    [closed, "results and streams refuse to be read; what was read before stays"],
  ],
  "A1-56": [
    [api, "a session is usable again after an IntegrityError in commit() and a rollback()"],
    [result, "of ${way} insists on how many rows there are"],
  ],
  "A1-57": [
    [runSync, "calls a plain function with a sync session in the same transaction"],
    [runSync, "runs generator functions over every driver"],
    [runSync, "refuses a plain function over a driver without a sync path, before anything is sent"],
  ],
  "A1-58": [[api, "listeners sit on async engines, connections and sessions themselves, and may be async"]],
  "A1-59": [colours, ...inspected],
  "A1-60": [
    ["examples/examples.test.ts", "%s runs on SQLite"],
    ["examples/examples.test.ts", "runs in ${colour} form"],
    [api, "metadata.createAll takes the async engine, and its sync form where there is one"],
  ],
};
