import type { ExecuteOptions, RowTaker } from "../driver/index.ts";
import type { TransactionStack } from "./transaction-stack.ts";

/** For statements of ours: they return no rows. */
export const control: ExecuteOptions = { prepare: false, exactIntegers: false };
/** The same, where preparing is cheap and saves much. */
export const preparedControl: ExecuteOptions = { prepare: true, exactIntegers: false };

/** A BEGIN that travels with the next statement. */
export class DueBegin {
  sql: string | undefined;
  readonly #transactions: TransactionStack;

  constructor(transactions: TransactionStack) {
    this.#transactions = transactions;
  }

  /** Takes the BEGIN along, if one is due; should it or the statement fail, a rollback is right in any case. */
  optionsFor(options: ExecuteOptions, single: boolean, taker?: RowTaker): ExecuteOptions {
    const before = this.sql;
    if (before === undefined && !single && taker === undefined) return options;
    const { prepare, exactIntegers } = options;
    if (before !== undefined) {
      this.sql = undefined;
      this.#transactions.begun = true;
    }
    return { prepare, exactIntegers, before, single, taker };
  }
}
