import { ArgumentError } from "../../errors/index.ts";
import { describeWithin, type ForUpdateNode, type ForUpdateOptions, fromNode } from "../../sql/index.ts";

/** A lock to take on the row that is read: `true`, or how. */
export type RowLock = boolean | ForUpdateOptions;

const known: ReadonlySet<string> = new Set(["read", "nowait", "of", "skipLocked", "keyShare"]);

/**
 * The FOR UPDATE of a lock; `null` for none.
 *
 * @throws ArgumentError for an object that says nothing, or something else than how to lock.
 */
export function rowLock(lock: RowLock | undefined): ForUpdateNode | null {
  if (lock === undefined || lock === false) return null;
  const options = lock === true ? {} : lock;
  if (typeof options !== "object" || options === null || (lock !== true && Object.keys(options).length === 0)) {
    throw new ArgumentError(
      `withForUpdate is true, or says how to lock: { nowait: true }, { read: true }. ${describeWithin(lock)} does not.`,
    );
  }
  const wrong = Object.keys(options).find((key) => !known.has(key));
  if (wrong !== undefined)
    throw new ArgumentError(`withForUpdate has no ${JSON.stringify(wrong)}. It has: ${[...known].join(", ")}.`);
  return {
    kind: "for-update",
    read: options.read ?? false,
    keyShare: options.keyShare ?? false,
    nowait: options.nowait ?? false,
    skipLocked: options.skipLocked ?? false,
    of: (options.of ?? []).map(fromNode),
  };
}
