import { InvalidRequestError } from "../../errors/index.ts";
import { type InstanceState, stampOnce } from "../state/instance-state.ts";
import type { SessionCore } from "./session-core.ts";

/** Has a session load the relationships of an object that has no row, by the keys the object was given. */
export function enableRelationshipLoading(core: SessionCore, state: InstanceState): void {
  if (state.owner !== null && state.owner !== core) {
    throw new InvalidRequestError(
      `This ${state.mapper.name} belongs to another session. Take it out there with expunge() first.`,
    );
  }
  stampOnce(state);
  state.loadThrough(core);
}
