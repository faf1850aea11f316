import { ResultBase, ScalarResultBase } from "../../engine/index.ts";
import { starting } from "../../flow/index.ts";
import { SessionTransactionBase } from "./session-transaction.ts";

// what async sessions answer to calls that begin something: promises that refuse to be used as the thing itself
const transaction = { type: () => SessionTransactionBase, isClosedLate: false };
export const beginning = starting({ ...transaction, name: "transaction", call: "session.begin()" });
export const nesting = starting({ ...transaction, name: "savepoint", call: "session.beginNested()" });

const result = { name: "result", isClosedLate: true };
export const streaming = starting({ ...result, type: () => ResultBase, call: "session.stream(…)" });
export const streamingScalars = starting({
  ...result,
  type: () => ScalarResultBase,
  call: "session.streamScalars(…)",
});
