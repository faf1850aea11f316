import type { ConnectionCore, TransactionState } from "../../engine/index.ts";
import type { Flow } from "../../flow/index.ts";

/**
 * What a session does to a transaction that is open already on the connection it is given (spec B4).
 *
 * - `"conditional_savepoint"` (default): as `create_savepoint` when a savepoint is open, else as `rollback_only`
 * - `"rollback_only"`: commit and close leave it alone, rollback rolls it back
 * - `"create_savepoint"`: the session works inside a savepoint of its own
 * - `"control_fully"`: commit, rollback and close act on it as if the session had begun it
 */
export type JoinTransactionMode = "conditional_savepoint" | "rollback_only" | "create_savepoint" | "control_fully";

export const joinTransactionModes: readonly JoinTransactionMode[] = [
  "conditional_savepoint",
  "rollback_only",
  "create_savepoint",
  "control_fully",
];

/** How a session's transaction on one connection ends. */
export interface Attachment {
  readonly core: ConnectionCore;
  commitFlow(): Flow<void>;
  rollbackFlow(): Flow<void>;
  /** Ends it without a word from the program. */
  abandonFlow(): Flow<void>;
}

/** Takes part in a connection: its transaction is the session's own, or joined as the mode says. */
export function* attachFlow(core: ConnectionCore, mode: JoinTransactionMode): Flow<Attachment> {
  const outer = core.transactions.nested ?? core.transactions.root;
  if (outer === null) return ownTransaction(core);
  const withSavepoint = mode === "create_savepoint" || (mode === "conditional_savepoint" && outer.savepoint !== null);
  if (withSavepoint) return wholeTransaction(core, yield* core.beginNestedFlow());
  return mode === "control_fully" ? wholeTransaction(core, outer) : rollbackOnly(core, outer);
}

function ownTransaction(core: ConnectionCore): Attachment {
  const rollbackFlow = (): Flow<void> => core.rollbackFlow();
  return { core, commitFlow: () => core.commitFlow(), rollbackFlow, abandonFlow: rollbackFlow };
}

function wholeTransaction(core: ConnectionCore, state: TransactionState): Attachment {
  const rollbackFlow = (): Flow<void> => ifActiveFlow(state, () => core.transactions.rollbackFlow(state));
  return {
    core,
    commitFlow: () => ifActiveFlow(state, () => core.transactions.commitFlow(state)),
    rollbackFlow,
    abandonFlow: rollbackFlow,
  };
}

function rollbackOnly(core: ConnectionCore, state: TransactionState): Attachment {
  return {
    core,
    commitFlow: nothingFlow,
    rollbackFlow: () => ifActiveFlow(state, () => core.transactions.rollbackFlow(state)),
    abandonFlow: nothingFlow,
  };
}

// its owner may have ended it meanwhile
function* ifActiveFlow(state: TransactionState, flow: () => Flow<void>): Flow<void> {
  if (state.status === "active") yield* flow();
}

// oxlint-disable-next-line require-yield
function* nothingFlow(): Flow<void> {}
