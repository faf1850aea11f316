import { ValidationError } from "../../errors/index.ts";
import { isPromiseLike } from "../../flow/index.ts";
import type { Hooks } from "../mapping/attribute-hooks.ts";
import type { ColumnProperty } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "./instance-state.ts";

/** What was checked last, by the columns' index: a value is checked once, though it may pass here several times. */
const checked = new WeakMap<InstanceState, unknown[]>();

/** A column's value as its validators leave it. @throws ValidationError when one of them throws. */
export function validatedColumn(state: InstanceState, property: ColumnProperty, value: unknown): unknown {
  const hooks = state.mapper.listeners.hooks?.get(property.key);
  if (hooks === undefined || hooks.validators.length === 0) return value;
  const { index, tracker } = property;
  let known = checked.get(state);
  if (known === undefined) checked.set(state, (known = []));
  const isKnown =
    index in known &&
    (value === null || known[index] === null ? value === known[index] : !tracker.differs(value, known[index]));
  if (isKnown) return value;
  const taken = validated(state, property.key, hooks, value) ?? null;
  known[index] = taken === null ? null : tracker.snapshot(taken);
  return taken;
}

/** A value as an attribute's validators leave it. @throws ValidationError when one of them throws. */
export function validated(state: InstanceState, key: string, hooks: Hooks, value: unknown): unknown {
  let taken = value;
  for (const validate of hooks.validators) {
    const answer = tryValidate(() => validate(taken, state.object, key), state, key);
    if (answer !== undefined) taken = answer;
  }
  return taken;
}

function tryValidate(validate: () => unknown, state: InstanceState, key: string): unknown {
  try {
    const answer = validate();
    if (!isPromiseLike(answer)) return answer;
    answer.then(undefined, () => undefined);
  } catch (error) {
    throw refusal(state, key, error instanceof Error ? error.message : String(error), error);
  }
  throw refusal(state, key, "its validator answered with a promise; validators cannot be waited for");
}

function refusal(state: InstanceState, key: string, why: string, cause?: unknown): ValidationError {
  const which =
    state.row === null ? `a new ${state.mapper.name}` : `the ${state.mapper.name} with key ${String(state.key)}`;
  return new ValidationError(`${state.mapper.name}.${key} of ${which} was refused: ${why}`, {
    cause,
    object: state.object,
    attribute: key,
  });
}
