export { closing, keepSuppressed } from "./closing.ts";
export {
  BLOCK,
  type Blockable,
  done,
  type Flow,
  isBlockable,
  isFlow,
  isPromiseLike,
  type MaybePromise,
  nothing,
  wait,
} from "./flow.ts";
export { andThen, FlowQueue } from "./flow-queue.ts";
export { type Answer, asyncRunner, type Mode, type Runner, syncRunner } from "./mode.ts";
export { alreadyStarted, type Start, type Started, type Starter, type Starting, starting } from "./starting.ts";
export { runAsync } from "./run-async.ts";
export { runSync } from "./run-sync.ts";
