import { requireBody, transactionScopeFlow } from "../../engine/index.ts";
import { type Flow, type MaybePromise, type Mode, wait } from "../../flow/index.ts";
import type { SessionCore } from "./session-core.ts";
import type { SessionTransactionBase } from "./session-transaction.ts";

/** Runs a block in a transaction or savepoint: no other one begins in it once that has ended. */
export function* transactionBlockFlow<T, M extends Mode = Mode>(
  core: SessionCore,
  begin: () => MaybePromise<SessionTransactionBase<M>>,
  body: (transaction: SessionTransactionBase<M>) => unknown,
): Flow<T> {
  requireBody(body, "session.begin()");
  const transaction = yield* wait(begin());
  const leave = core.transactions.enterScope(transaction.level);
  try {
    return yield* transactionScopeFlow<T>(transaction, () => body(transaction));
  } finally {
    leave();
  }
}
