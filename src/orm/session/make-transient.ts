import { InvalidRequestError } from "../../errors/index.ts";
import { identityKey } from "../state/identity-map.ts";
import { NOT_LOADED, stampOnce } from "../state/instance-state.ts";
import { requireState } from "./require-state.ts";
import { SessionCore } from "./session-core.ts";

/**
 * Makes an object new again: no session, no key, no row. Its values stay.
 *
 * To insert a copy of a row, also clear its primary key.
 */
export function makeTransient(object: object): void {
  const state = requireState(object);
  const { owner } = state;
  if (owner instanceof SessionCore) {
    owner.book.release(state);
    owner.forgetWrites(state);
  }
  stampOnce(state);
  state.status = "transient";
  state.owner = null;
  state.key = undefined;
  state.token = null;
  state.row = null;
  state.partial = false;
  state.isGone = false;
  state.marks = null;
  state.knownEmpty = false;
}

/**
 * Makes a new object with a primary key one that has a row; what it was not given is loaded when the session needs it.
 *
 * @throws InvalidRequestError when it belongs to a session, has a row already, or has no key.
 */
export function makeTransientToDetached(object: object): void {
  const state = requireState(object);
  const key = identityKey(state.mapper.primaryKey.map((property) => state.value(property.key)));
  if (state.status !== "transient" || state.owner !== null || key === undefined) {
    throw new InvalidRequestError(
      `makeTransientToDetached() takes a new ${state.mapper.name} with a primary key that is in no session.`,
    );
  }
  state.key = key;
  state.row = state.mapper.columns.map((property) => {
    if (!property.isPrimaryKey) {
      delete (object as Record<string, unknown>)[property.key];
      return NOT_LOADED;
    }
    const value = state.value(property.key);
    return value === null ? null : property.tracker.snapshot(value);
  });
  state.partial = true;
  state.status = "detached";
}
