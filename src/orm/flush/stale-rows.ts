import { StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { ColumnProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { decoded, decoderOf, keyOf, keptValue, rowsByKeyFlow } from "./row-write.ts";

type States = readonly InstanceState[];

/** A statement over objects that met another number of rows than there are objects. */
export interface Mismatch {
  readonly statement: "UPDATE" | "DELETE";
  readonly states: States;
  readonly matched: number;
  /** The columns that the statement wrote. */
  readonly written?: readonly ColumnProperty[];
}

const remedy = "Somebody else deleted or changed them since they were loaded: roll back, load again and repeat.";

/** What to throw for a mismatch; names the objects concerned where the rows tell which they are. */
export function* staleFlow(host: FlushHost, mismatch: Mismatch): Flow<StaleDataError> {
  const { statement, states, matched } = mismatch;
  const [{ mapper }] = states as [InstanceState];
  const found = yield* findStaleFlow(host, mismatch);
  return new StaleDataError(
    `${statement} of ${mapper.table.fullName} expected to ${statement.toLowerCase()} ${states.length} row(s); ${matched} were ` +
      `matched.${describe(found)} ${remedy}`,
    { objects: found.map(({ state }) => state.object) },
  );
}

interface StaleRow {
  readonly state: InstanceState;
  readonly why: string;
}

const LOOKED_AT = 1000; // objects
const NAMED = 5;

/**
 * The objects whose rows are not what the statement would have made them, if that explains the whole mismatch: where the
 * transaction reads from a snapshot, a row may be gone and still be seen.
 */
function* findStaleFlow(host: FlushHost, mismatch: Mismatch): Flow<readonly StaleRow[]> {
  const { statement, states, matched, written = [] } = mismatch;
  const missed = states.length - matched;
  if (states.length > LOOKED_AT || missed < 1) return [];
  if (matched === 0) return states.map((state) => ({ state, why: "" }));
  const columns = statement === "DELETE" ? [] : withVersion(states, written);
  const rows = yield* rowsByKeyFlow(host, states, columns);
  const found: StaleRow[] = [];
  for (const state of states) {
    const why = whatHappened(host, state, columns, rows.get(keyOf(state)));
    const expected = statement === "DELETE" ? "gone" : null;
    if (why !== expected) found.push({ state, why: why ?? "changed" });
  }
  return found.length === missed ? found : [];
}

function withVersion([first]: States, written: readonly ColumnProperty[]): readonly ColumnProperty[] {
  const version = first?.mapper.rules.version?.property;
  return version === undefined ? [] : [version, ...written.filter((property) => property !== version)];
}

/** What somebody else did to a row; `null`: nothing, it is as it was written. */
function whatHappened(
  host: FlushHost,
  state: InstanceState,
  columns: readonly ColumnProperty[],
  row: readonly unknown[] | undefined,
): string | null {
  if (row === undefined) return "gone";
  const values = columns.map((property, index) => decoded(row[index], decoderOf(host, state.mapper, property)));
  if (columns.every((property, index) => isSame(property, state.value(property.key), values[index]))) return null;
  const [version] = columns as [ColumnProperty];
  return `version ${String(values[0])} instead of ${String(keptValue(state, version))}`;
}

function isSame({ tracker }: ColumnProperty, written: unknown, there: unknown): boolean {
  if (written === null || there === null || there === undefined) return written === (there ?? null);
  return !tracker.differs(there, tracker.snapshot(written));
}

function describe(found: readonly StaleRow[]): string {
  if (found.length === 0) return "";
  const named = found.slice(0, NAMED).map(({ state, why }) => {
    return `${state.mapper.name} with key ${String(state.key)}${why === "" ? "" : ` (${why})`}`;
  });
  const more = found.length - named.length;
  return ` Not matched: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
