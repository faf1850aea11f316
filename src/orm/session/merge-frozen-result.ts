import type { ResultBase } from "../../engine/index.ts";
import { andThen, type Answer, type Mode } from "../../flow/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import { describeWithin, type Executable, type RecordOf, resultNodes } from "../../sql/index.ts";
import { stateOf } from "../state/instance-state.ts";
import type { MergeOptions } from "./merge.ts";
import type { SessionBase } from "./session-base.ts";

type Row = readonly unknown[];

/** What `result.freeze()` answers: gives the rows again each time. */
export type FrozenResult<R extends Row = Row, L = unknown> = () => ResultBase<"sync", R, L>;

/**
 * Merges the objects of a frozen result into a session, and answers a frozen result of the session's own objects.
 *
 * For results that are kept beyond their session, in a cache. With `load: false` the rows are taken for what the database
 * has, and nothing is sent; objects that were changed since are refused then. See SQLAlchemy's `merge_frozen_result`.
 * @param statement what the frozen result is of: it tells which columns are objects.
 */
export function mergeFrozenResult<M extends Mode, R extends Row, L>(
  session: SessionBase<M>,
  statement: Executable<R, L>,
  frozen: FrozenResult<NoInfer<R>>,
  options: MergeOptions = {},
): Answer<M, FrozenResult<R, RecordOf<R, L>>> {
  if (typeof (session as Partial<SessionBase<M>> | null)?.mergeAll !== "function")
    throw new ArgumentError(`mergeFrozenResult() takes a session first, not ${describeWithin(session)}.`);
  const nodes = resultNodes(statement.toNode());
  const places = [...nodes.keys()].filter((place) => nodes[place]?.kind === "entity");
  const result = frozen();
  if (result.keys().length !== nodes.length) {
    throw new ArgumentError(
      `The frozen result has ${result.keys().length} columns, and the statement ${nodes.length}: give the statement that it is of.`,
    );
  }
  const rows = result.all();
  const objects = rows.flatMap((row) => places.map((place) => row[place] as object | null)).filter(isThere);
  const strange = objects.find((object) => stateOf(object) === undefined);
  if (strange !== undefined)
    throw new ArgumentError(
      `Where the statement has an object, the frozen result has ${describeWithin(strange)}: give the statement that it is of.`,
    );
  return andThen(session.mergeAll(objects, options), (merged) => {
    let next = 0;
    const own = rows.map((row) =>
      row.map((value, place) => (places.includes(place) && isThere(value) ? merged[next++] : value)),
    );
    return () => result["~withRows"](own as unknown as R[]);
  }) as Answer<M, FrozenResult<R, RecordOf<R, L>>>;
}

/** An outer join may have found nothing. */
function isThere(value: unknown): value is object {
  return value !== null && value !== undefined;
}
