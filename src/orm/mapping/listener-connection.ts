import type { ConnectionBase } from "../../engine/index.ts";
import type { Mode } from "../../flow/index.ts";

/**
 * The connection of a session's transaction as listeners get it: what is executed on it belongs to the transaction.
 *
 * Listeners serve both colours, so it answers with a value or a promise: await it, or take it `as Connection` where all
 * sessions are sync.
 */
export type ListenerConnection = Pick<
  ConnectionBase<Mode>,
  "mode" | "info" | "execute" | "scalar" | "scalars" | "stream" | "streamScalars" | "execDriverSql"
>;
