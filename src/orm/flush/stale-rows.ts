import { StaleDataError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";
import { decoded, decoderOf, keyOf, keptValue, rowsByKeyFlow } from "./row-write.ts";

type States = readonly InstanceState[];

/** A statement over objects that met another number of rows than there are objects. */
export interface Mismatch {
  readonly statement: "UPDATE" | "DELETE";
  readonly states: States;
  readonly matched: number;
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
function* findStaleFlow(host: FlushHost, { statement, states, matched }: Mismatch): Flow<readonly StaleRow[]> {
  const missed = states.length - matched;
  if (states.length > LOOKED_AT || missed < 1) return [];
  if (states.length === missed) return states.map((state) => ({ state, why: "" }));
  const [{ mapper }] = states as [InstanceState];
  const { version } = mapper.rules;
  const rows = yield* rowsByKeyFlow(host, states, version === null ? [] : [version.property]);
  const found: StaleRow[] = [];
  for (const state of states) {
    const row = rows.get(keyOf(state));
    if (statement === "DELETE") {
      if (row !== undefined) found.push({ state, why: "changed" });
    } else if (row === undefined) {
      found.push({ state, why: "gone" });
    } else if (version !== null) {
      const there = decoded(row[0], decoderOf(host, mapper, version.property));
      const written = state.value(version.property.key);
      const differs = there === null || written === null || isOther(state, there);
      if (differs) found.push({ state, why: `version ${String(there)} instead of ${String(loadedVersion(state))}` });
    }
  }
  return found.length === missed ? found : [];
}

function isOther(state: InstanceState, there: unknown): boolean {
  const { property } = state.mapper.rules.version as NonNullable<typeof state.mapper.rules.version>;
  return property.tracker.differs(there, property.tracker.snapshot(state.value(property.key)));
}

function loadedVersion(state: InstanceState): unknown {
  const { version } = state.mapper.rules;
  return version === null ? null : keptValue(state, version.property);
}

function describe(found: readonly StaleRow[]): string {
  if (found.length === 0) return "";
  const named = found.slice(0, NAMED).map(({ state, why }) => {
    return `${state.mapper.name} with key ${String(state.key)}${why === "" ? "" : ` (${why})`}`;
  });
  const more = found.length - named.length;
  return ` Not matched: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}
