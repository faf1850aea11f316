import { ResultBase, ScalarResultBase } from "../../engine/index.ts";
import { type Starter, starting } from "../../flow/index.ts";
import { SessionTransactionBase } from "./session-transaction.ts";

// what async sessions answer to calls that begin something: promises that refuse to be used as the thing itself
const transaction = { type: () => SessionTransactionBase, isClosedLate: false };
export const beginning: Starter = starting({ ...transaction, name: "transaction", call: "session.begin()" });
export const nesting: Starter = starting({ ...transaction, name: "savepoint", call: "session.beginNested()" });

const result = { name: "result", isClosedLate: true };
export const streaming: Starter = starting({ ...result, type: () => ResultBase, call: "session.stream(…)" });
export const streamingScalars: Starter = starting({
  ...result,
  type: () => ScalarResultBase,
  call: "session.streamScalars(…)",
});
