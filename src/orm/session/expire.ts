import { InvalidRequestError } from "../../errors/index.ts";
import { reachedBy } from "./reach.ts";
import { restoreRelation } from "../flush/journal.ts";
import { isRelationship } from "../state/attributes.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import { attributeOf } from "./history.ts";
import type { SessionCore } from "./session-core.ts";

/** Takes values away, so that the next access reads them from the database; changes of them not flushed are lost. */
export function expireState(core: SessionCore, state: InstanceState, names: readonly string[] | null): void {
  if (state.owner !== core || state.row === null || state.status !== "persistent") {
    throw new InvalidRequestError(
      `This ${state.mapper.name} is not persistent within this Session, so it cannot be expired.`,
    );
  }
  if (names !== null) return expireAttributes(core, state, names);
  for (const reached of reachedBy(state, "refresh-expire")) {
    if (reached.owner !== core) continue;
    if (reached.status === "pending") core.forgetNew(reached);
    else if (reached.status === "persistent") expireAttributes(core, reached, attributeNames(reached));
  }
}

function expireAttributes(core: SessionCore, state: InstanceState, attributes: readonly string[]): void {
  for (const name of attributes) expireAttribute(state, name);
  const { listeners } = state.mapper;
  if (listeners.active) listeners.fire("expire", { object: state.object, session: core.events.session, attributes });
}

function attributeNames(state: InstanceState): readonly string[] {
  return [...state.mapper.columns, ...state.mapper.relationships].map((property) => property.key);
}

function expireAttribute(state: InstanceState, name: string): void {
  const property = attributeOf(state.mapper, name);
  if (isRelationship(property)) {
    restoreRelation(state, property, undefined);
    state.knownEmpty = false;
    return;
  }
  // without its key the row could not be found again
  if (property.isPrimaryKey || state.row === null) return;
  delete (state.object as Record<string, unknown>)[name];
  state.row[property.index] = NOT_LOADED;
  state.marks?.forced.delete(property);
  state.partial = true;
}
