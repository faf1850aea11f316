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

const ofMethods = Object.fromEntries(
  Object.entries(methods).map(([line, method]): [string, readonly Case[]] => [
    line,
    [matrix, [proxy, `method: "${method}"`]],
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
  ],
  "A0-06": [[proxy, "closes its session at the end of a block"]],
  "A0-07": [[proxy, "$method"]],
  "A0-08": [
    matrix,
    [members, "values are plain over a sync session, promises over an async one"],
    [members, "code for both kinds awaits either"],
  ],
  "A0-21": ofMember("reset"),
  "A0-22": [[members, "invalidate() closes the connection instead of giving it back"]],
  "A0-23": ofMember("connection"),
  "A0-33": ofMember("getTransaction"),
  "A0-34": ofMember("getNestedTransaction"),
  "A0-35": ofMember("getBind"),
  "A0-36": ofMember("begin"),
  "A0-37": ofMember("beginNested"),
  "A0-43": [[members, "each call is one call of the session; what it answers or throws comes as it is"]],
  "A0-44": [matrix],
  "A1-01": [[engine, "connects to nothing before it is used"]],
  "A1-02": [[connection, "echo logs statements but no credentials"]],
  "A1-03": [[pool, "opens connections when they are needed and keeps them"]],
  "A1-04": [[pool, "never opens more than allowed, whoever fails and leaves"]],
  "A1-05": [[pool, "a wait ends with an error that names who holds what and where it was asked for"]],
  "A1-06": [[pool, "replaces connections that are known to be dead, too old, or silent to a ping"]],
  "A1-07": [options, [engine, "takes its connections from a creator"], [engine, "chooses the pool by the database"]],
  "A1-08": [options, [api, "what would make execute() a stream is refused"]],
  "A1-09": [[engine, "refuses wrong URLs, and drivers that answer with promises where no worker may be used"]],
  "A1-10": [[api, "are read from the keys of a configuration that have the prefix"]],
  "A1-11": [
    [driverPool, "gives out connections of the driver, and takes them back"],
    [driverPool, "serves engines as their pool"],
  ],
  "A1-12": [["unit/engine/url.test.ts", "is taken apart and decoded"]],
  "A1-13": [
    [unawaited, "is no connection yet: each use says so, and none is left checked out"],
    [unawaited, "is refused by a block, before its body runs"],
    once,
    [connection, "a closed connection says so"],
    [cancelled, "at the end of every block of await using"],
  ],
  "A1-14": [["contract/engine-faults.test.ts", "every engine call in flight at once comes home"]],
  "A1-15": [[connection, "begin(fn) commits, or rolls back when the function throws, and answers what it answered"]],
  "A1-16": [
    ["contract/engine-faults.test.ts", "dispose leaves the engine usable and its connections in use alone"],
    [pool, "dispose closes the free ones, later those in use, and the pool goes on"],
  ],
  "A1-17": [[engine, "has a sync form over drivers that answer at once, sharing pool and database"]],
  "A1-18": [[engine, "tells what it is"]],
  "A1-19": [
    [connection, "an engine's isolation level is that of all its connections, an option engine's that of its own"],
  ],
  "A1-20": [[cancelled, "at the end of every block of await using"]],
  "A1-21": [[api, "over one sync engine are equal, and have it as their sync form"]],
  "A1-22": [[api, "what would make execute() a stream is refused"]],
  "A1-23": [[connection, "execDriverSql takes the driver's own placeholders"], adopted],
  "A1-24": [[connection, "operations started together run in order"]],
  "A1-25": [[connection, "execDriverSql takes the driver's own placeholders"]],
  "A1-26": [[api, "a connection's stream is closed when its loop ends, also by an error"], mistaken],
  "A1-27": [adopted, mistaken],
  "A1-28": [[connection, "savepoints nest, and end with the one around them"]],
  "A1-29": [[connection, "commits what it is told to and nothing else"]],
  "A1-30": [[connection, "commits what it is told to and nothing else"]],
  "A1-31": [[connection, "a closed connection says so"]],
  "A1-32": [states, adopted],
  "A1-33": [[connection, "an invalidated connection opens another outside of a transaction"]],
  "A1-34": [[connection, "isolation levels are checked, set for transactions, and gone when the connection is"]],
  "A1-35": [raw],
  "A1-36": [[api, "metadata.createAll takes the async engine, and its sync form where there is one"]],
  "A1-37": [[cancelled, "in an engine's begin() and connect()"]],
  "A1-38": [states, once],
  "A1-39": [colours, ["contract/session/session-life.test.ts", "needs begin() each time with autobegin: false"]],
  "A1-40": [
    matrix,
    [members, "properties are those of the session"],
    ["contract/session/autoflush.test.ts", "is told and set by a property, which noAutoflush() leaves as it was"],
    ["contract/session/binds.test.ts", "are told as they were named"],
    [api, "objects know their async session, and the sync form of it leads back"],
  ],
  "A1-41": [matrix, [members, "$method()"]],
  "A1-42": [[cancelled, "results survive commit and close, and blocks may end what they began"]],
  "A1-43": [["contract/orm/session.test.ts", "a stream that is left early, or by an error, leaves the session usable"]],
  "A1-44": [["contract/session/states.test.ts", "handles tell what they stand for"]],
  "A1-45": [["contract/session/states.test.ts", "handles tell what they stand for"]],
  "A1-46": [[cancelled, "at the end of every block of await using"]],
  "A1-47": [
    [api, "a factory's call overrides its options, merges info, and configure() changes it"],
    [cancelled, "by a timeout, while what was started goes on and finds its session closed"],
  ],
  "A1-48": [
    [scoped, "is one session for each async context, closed when its scope ends"],
    [scoped, "takes a function that tells scopes apart, and forgets each that is removed"],
    [scoped, "has all that a session has, and what makes sessions"],
    [scoped, "leave nothing behind"],
  ],
  "A1-49": [
    [api, "objects know their async session, and the sync form of it leads back"],
    ["contract/session/states.test.ts", "closeAllSessions() closes what is in use, of either colour"],
  ],
  "A1-50": [[api, "what is not loaded says what to await; awaitableAttrs loads it once"]],
  "A1-51": [[api, "what is not loaded says what to await; awaitableAttrs loads it once"]],
  "A1-52": [["contract/session/concurrency.test.ts", "run in the order in which they were started, on one connection"]],
  "A1-53": [every, [result, "of ${way} insists on how many rows there are"]],
  "A1-54": [every],
  "A1-55": [[result, "of ${way} tells an end from a close"]],
  "A1-56": [[api, "a session is usable again after an IntegrityError in commit() and a rollback()"]],
  "A1-57": [
    [runSync, "calls a plain function with a sync session in the same transaction"],
    [runSync, "runs generator functions over every driver"],
    [runSync, "refuses a plain function over a driver without a sync path, before anything is sent"],
  ],
  "A1-58": [[api, "listeners sit on async engines, connections and sessions themselves, and may be async"]],
  "A1-59": [colours],
  "A1-60": [
    ["examples/examples.test.ts", "%s runs on SQLite"],
    ["examples/examples.test.ts", "runs in ${colour} form"],
    [api, "metadata.createAll takes the async engine, and its sync form where there is one"],
  ],
};
