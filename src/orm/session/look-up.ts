import { InvalidRequestError, NoResultFound } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { StatementOption } from "../../sql/index.ts";
import { getObjectFlow } from "../load/get-object.ts";
import { type QueryOptions, underToken } from "../load/load-host.ts";
import { type RowLock, rowLock } from "../load/row-lock.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { mapperOf } from "../mapping/registry.ts";
import { isRelationship } from "../state/attributes.ts";
import { checkIdentityToken, type IdentityToken } from "../state/identity-token.ts";
import type { InstanceState } from "../state/instance-state.ts";
import type { ExecuteOptions } from "../statement/execute-options.ts";
import { loadRelationFlow, presentReference } from "./attribute-loading.ts";
import type { BindArguments } from "./bind-request.ts";
import { type Identity, identityValues } from "./identity.ts";
import { requireState } from "./require-state.ts";
import type { SessionExecutionOptions } from "./session-options.ts";
import type { SessionCore } from "./session-core.ts";

export interface GetOptions {
  /** Read the row even if the object is loaded, and overwrite what is not flushed. */
  readonly populateExisting?: boolean;
  /** What tells which of several engines serves it. */
  readonly bindArguments?: BindArguments;
  /** Read the row even if the object is loaded, and lock it: `true`, or how. SQLite has no such locks. */
  readonly withForUpdate?: RowLock;
  /** What is to come with the object when it is read: `[selectinload(User.c.posts)]`. */
  readonly options?: readonly StatementOption[];
  /** Names the database where keys repeat between several; see the option of `execute`. */
  readonly identityToken?: IdentityToken;
  /** As of `execute`: `populateExisting`, `autoflush`, `identityToken`, and names of your own for listeners. */
  readonly executionOptions?: SessionExecutionOptions & Pick<ExecuteOptions, "autoflush">;
}

export interface RefreshOptions {
  /** Lock the row: `true`, or how. SQLite has no such locks. */
  readonly withForUpdate?: RowLock;
}

/** The object of a key, `null` when there is no row. */
export function* getFlow(
  core: SessionCore,
  entity: unknown,
  identity: Identity,
  options: GetOptions,
): Flow<object | null> {
  const mapper = mapperOf(entity);
  if (core.options.executionOptions === null && isEmpty(options))
    return yield* getObjectFlow(core, mapper, identityValues(mapper, identity), plain);
  const executionOptions = { ...core.options.executionOptions, ...options.executionOptions };
  const own = getOptions({ ...options, executionOptions });
  const flow = (): Flow<object | null> => getObjectFlow(core, mapper, identityValues(mapper, identity), own);
  return yield* executionOptions.autoflush === false ? core.noAutoflushFlow(flow) : flow();
}

const plain: QueryOptions = { populateExisting: false };

function isEmpty(options: GetOptions): boolean {
  for (const _name in options) return false;
  return true;
}

/** @throws NoResultFound when there is no row. */
export function required(mapper: EntityMapper, found: object | null): object {
  if (found !== null) return found;
  throw new NoResultFound(
    `No row was found when one was required: there is no ${mapper.name} of this key. get() answers null instead.`,
  );
}

function getOptions(given: GetOptions): QueryOptions {
  const { withForUpdate, options, bindArguments, executionOptions = {} } = given;
  const forUpdate = rowLock(withForUpdate);
  const token = checkIdentityToken(given.identityToken ?? executionOptions.identityToken);
  return underToken(token, {
    populateExisting: given.populateExisting ?? executionOptions.populateExisting ?? false,
    executionOptions,
    ...(forUpdate === null ? {} : { forUpdate }),
    ...(options === undefined ? {} : { options }),
    ...(bindArguments === undefined ? {} : { bindArguments }),
  });
}

/** Loads an attribute of an object unless it is there, and answers its value. */
export function* loadAttributeFlow(core: SessionCore, object: object, key: string): Flow<unknown> {
  const state = loadableState(core, object);
  if (isMissing(state, key) && presentReference(core, state, key) === undefined) {
    core.noteLazyLoad(state, key);
    yield* loadRelationFlow(core, state, key);
  }
  return (object as Record<string, unknown>)[key];
}

/** @throws InvalidRequestError for an object that this session cannot load attributes of. */
export function loadableState(core: SessionCore, object: object): InstanceState {
  const state = requireState(object);
  return state.marks?.loader === core ? state : persistentState(core, object, "loaded");
}

/** An attribute of the class that is not loaded. */
export function isMissing(state: InstanceState, key: string): boolean {
  const property = state.mapper.find(key);
  if (property === undefined) return false;
  return isRelationship(property) ? state.slots?.[property.index]?.loaded !== true : !Object.hasOwn(state.object, key);
}

/** @throws InvalidRequestError for an object that is not persistent within the session. */
export function persistentState(core: SessionCore, object: object, what: string): InstanceState {
  const state = requireState(object);
  if (state.owner === core && state.row !== null) return state;
  throw new InvalidRequestError(
    `This ${state.mapper.name} is not persistent within this Session, so it cannot be ${what}.`,
  );
}
