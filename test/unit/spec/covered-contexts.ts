// Where each line of A3, the sessions of contexts and requests, is tried.
import type { Case } from "./covered.ts";

const connect = "contract/context/connect.test.ts";
const context = "contract/context/db-session.test.ts";
const all = "contract/context/all-sessions.test.ts";
const request = "contract/integrations/request-scope.test.ts";
const aborts = "contract/integrations/aborts.test.ts";
const testing = "contract/testing/testing.test.ts";
const opened: Case = [context, "is there after init, and gone after reset"];
const inner: Case = [context, "is hidden by an inner context, and there again after it"];
const one: Case = [context, "is one, and takes no connection before its first statement"];
const atOnce: Case = [context, "is one also for callers that ask at the same time while it is made"];
const first: Case = [connect, "makes its engine with the first session, and once"];
const firstOfMany: Case = [connect, "makes it once also for callers that ask at the same time while it is made"];
const host: Case = [connect, "the hook before each session may name the host"];
const movingHost: Case = [connect, "the hook before each session may change hosts while the program runs"];
const anotherHost: Case = [connect, "the same host changes nothing; another one makes another engine"];
const again: Case = [connect, "after close() the next session connects again"];
const several: Case = [all, "several databases: each has its session, and all are ended"];
const closingSeveral: Case = [all, "several databases: closing all rolls back and closes each"];
const busyOnly: Case = [all, "ends of all touch those in a transaction only"];
const ofStatus: Case = [all, "status %i leaves %i rows"];
const leftToOwner: Case = [context, "is closed by the end of its context, or left to its owner"];
const ends: Case = [all, "are committed when the function returns, rolled back when it throws, closed in any case"];
const early: Case = [all, "early ends are allowed"];
const callback: Case = [all, "a callback sees each session in a transaction before its commit"];
const openOnly: Case = [context, "commit and rollback act on an open transaction only"];
const closing: Case = [context, "closing rolls back, and the next one is another"];
const putAndPop: Case = [context, "put and pop"];
const without: Case = [context, "sessions of no context"];
const beforeHead: Case = [request, "are committed before the head of the response arrives"];
const joined: Case = [request, "do nothing at all in a context that is open already"];
const byHand: Case = [request, "respect what a handler ended itself"];
const thrown: Case = [request, "are rolled back when the handler throws"];
const failed: Case = [request, "are rolled back for the status %d"];
const failingCommit: Case = [request, "make a 500 of a commit that fails, by the framework's own handling"];
const judged: Case = [request, "are judged by what the framework makes of an error: a %d"];
const throwingHooks: Case = [request, "call %s, which may throw or reject"];
const strategies = "examples/web/strategies.test.ts";
const runners: Case = ["package/runners.ts", "in files that run at the same time, by a rollback or by real commits"];

export const coveredContexts: Readonly<Record<string, readonly Case[]>> = {
  "A3-01": [one, atOnce, [request, "are one for each request and database"]],
  "A3-02": [beforeHead],
  "A3-03": [early, byHand],
  "A3-04": [beforeHead],
  "A3-05": [one],
  "A3-06": [first, ends],
  "A3-07": [one],
  "A3-08": [first, host],
  "A3-09": [first, firstOfMany, atOnce],
  "A3-10": [[connect, "each has a key of its own"], several],
  "A3-11": [[connect, "hosts must not be empty, and one is needed"]],
  "A3-12": [anotherHost, [connect, "hosts must not be empty, and one is needed"]],
  "A3-13": [first],
  "A3-14": [host, movingHost, [connect, "hosts must not be empty, and one is needed"]],
  "A3-15": [again],
  "A3-16": [[connect, "sessions made before a change keep their engine, which keeps no connection when they end"]],
  "A3-17": [opened, several],
  "A3-18": [[context, "can be opened inside another one, which returns with its end"]],
  "A3-19": [opened],
  "A3-20": [putAndPop, [context, "needs a context"]],
  "A3-21": [putAndPop],
  "A3-22": [putAndPop],
  "A3-23": [opened, leftToOwner],
  "A3-24": [[context, "that a child task made is seen by its parent"], inner, leftToOwner],
  "A3-25": [one, [context, "needs a context"]],
  "A3-26": [atOnce, [context, "is made anew after making it failed"]],
  "A3-27": [
    [context, "commit, or roll back what throws; the session stays in the context"],
    [context, "append rolls back both when it throws"],
    [context, "raise leaves it open"],
  ],
  "A3-28": [openOnly],
  "A3-29": [openOnly],
  "A3-30": [closing],
  "A3-31": [without],
  "A3-32": [without],
  "A3-33": [
    ends,
    [all, "an inner context ends by itself; the outer one is as it was"],
    [all, "one of several at the same time may fail"],
    [all, "several databases: what throws rolls all of them back"],
    ["contract/context/examples.test.ts", "example handlers"],
  ],
  "A3-34": [early],
  "A3-35": [callback, [all, "a failing callback stops before its commit; what was committed stays"]],
  "A3-36": [callback, busyOnly, [request, "call the hooks with sessions in a transaction only, and once committed"]],
  "A3-37": [busyOnly, several],
  "A3-38": [closingSeveral],
  "A3-39": [ofStatus, [request, "are committed for the status %d"], failed],
  "A3-40": [callback],
  // One case for each framework of this language.
  "A3-41": [beforeHead],
  "A3-42": [beforeHead],
  "A3-43": [beforeHead],
  "A3-44": [
    ["contract/integrations/websocket.test.ts", "have no context, and do their work in contexts of their own: %s"],
  ],
  "A3-45": [joined, [request, "leave what the handler throws to the framework in a context that is open already, too"]],
  "A3-46": [beforeHead, failed, thrown, judged],
  "A3-47": [
    failingCommit,
    throwingHooks,
    [request, "make a 500 of a flush at commit that the database refuses"],
    [request, "make a 500 of a commit that the database refuses"],
  ],
  "A3-48": [
    beforeHead,
    [request, "live to the end of the body when asked"],
    [request, "break the body off when the commit at its end fails"],
    // Without a response there is a client that waits, or goes.
    [aborts, "between its statements are rolled back, and can work no more"],
  ],
  "A3-49": [[request, "are committed for the status %d"], failed, judged],
  "A3-50": [
    [request, "are rolled back when the client goes, and work that goes on is told"],
    [aborts, "before it asks for a session get none"],
    [aborts, "while a statement runs are rolled back"],
    [aborts, "while it flushes at commit are committed"],
    [aborts, "while COMMIT runs are committed"],
    [aborts, "before a commit that fails are rolled back, which the application is told"],
    [aborts, "before its commit, which waits for beforeCommit, are committed"],
    [aborts, "while a body is sent that begins after the commit stay committed"],
    [aborts, "while a body is sent that the sessions live for are rolled back"],
    [aborts, "while the commit at the end of a body waits are committed"],
  ],
  "A3-51": [byHand],
  "A3-52": [
    [request, "call the hooks with sessions in a transaction only, and once committed"],
    throwingHooks,
    [
      "contract/integrations/read-your-writes.test.ts",
      "a request waits until the replica has what an earlier one wrote",
    ],
  ],
  "A3-53": [[testing, "rollbackSession always rolls back"]],
  "A3-54": [
    [testing, "setTestContext neither commits nor closes"],
    [testing, "setTestContext with autoClose commits, or rolls back what throws"],
  ],
  "A3-55": [[testing, "commits of the application become savepoints, seen by the test and undone"]],
  "A3-56": [
    [testing, "a wrapped test leaves nothing"],
    [testing, "truncateAll empties tables that refer to each other, and starts their keys anew"],
    [strategies, "transfers at the same time lose nothing"],
    [strategies, "the test sees what the application commits"],
    runners,
  ],
  "A3-57": [again, ["examples/web/commands.test.ts", "%s"]],
  "A3-58": [
    ["contract/context/examples.test.ts", "example handlers"],
    ["contract/integrations/outcomes.test.ts", "the handlers of the examples, asked over HTTP"],
  ],
  "A3-60": [several, closingSeveral],
};

export const leftOutContexts: Readonly<Record<string, string>> = {
  "A3-59": "how many tests the original has in each group; its groups are the lines above",
};
