import type { ConnectionCore, TransactionState } from "../../engine/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
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
  /** The first of two phases; nothing where the session does not commit in two. */
  prepareFlow(): Flow<void>;
  commitFlow(): Flow<void>;
  rollbackFlow(): Flow<void>;
  /** Ends it without a word from the program. */
  abandonFlow(): Flow<void>;
}

/** How a session takes part in its connections. */
export interface AttachOptions {
  readonly joinTransactionMode: JoinTransactionMode;
  readonly twophase: boolean;
}

/**
 * Takes part in a connection: its transaction is the session's own, or joined as the mode says.
 *
 * @throws InvalidRequestError for an open transaction that a session in two phases cannot prepare.
 */
export function* attachFlow(core: ConnectionCore, options: AttachOptions): Flow<Attachment> {
  const outer = core.transactions.nested ?? core.transactions.root;
  if (options.twophase) return yield* twophaseTransactionFlow(core, outer);
  if (outer === null) return ownTransaction(core);
  const mode = options.joinTransactionMode;
  const withSavepoint = mode === "create_savepoint" || (mode === "conditional_savepoint" && outer.savepoint !== null);
  if (withSavepoint) return wholeTransaction(core, yield* core.beginNestedFlow());
  return mode === "control_fully" ? wholeTransaction(core, outer) : rollbackOnly(core, outer);
}

function* twophaseTransactionFlow(core: ConnectionCore, outer: TransactionState | null): Flow<Attachment> {
  if (outer !== null) {
    throw new InvalidRequestError(
      "A session with twophase: true begins the transactions of its connections itself, and this connection is in one " +
        "already. Give the session an engine, or end that transaction first.",
    );
  }
  const state = yield* core.twophase.beginFlow();
  return { ...wholeTransaction(core, state), prepareFlow: () => core.twophase.prepareFlow(state) };
}

function ownTransaction(core: ConnectionCore): Attachment {
  const rollbackFlow = (): Flow<void> => core.rollbackFlow();
  return {
    core,
    prepareFlow: nothingFlow,
    commitFlow: () => core.commitFlow(),
    rollbackFlow,
    abandonFlow: rollbackFlow,
  };
}

function wholeTransaction(core: ConnectionCore, state: TransactionState): Attachment {
  const rollbackFlow = (): Flow<void> => ifActiveFlow(state, () => core.transactions.rollbackFlow(state));
  return {
    core,
    prepareFlow: nothingFlow,
    commitFlow: () => ifActiveFlow(state, () => core.transactions.commitFlow(state)),
    rollbackFlow,
    abandonFlow: rollbackFlow,
  };
}

function rollbackOnly(core: ConnectionCore, state: TransactionState): Attachment {
  return {
    core,
    prepareFlow: nothingFlow,
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
