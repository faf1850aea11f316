import type { Flow } from "../../flow/index.ts";
import { getObjectFlow, knownObject } from "../load/get-object.ts";
import { getObjectsFlow } from "../load/get-objects.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { mapperOf } from "../mapping/registry.ts";
import { isRelationship } from "../state/attributes.ts";
import { type InstanceState, stateOf } from "../state/instance-state.ts";
import { loadAttributesFlow, presentReference, rowDeleted } from "./attribute-loading.ts";
import { type Identity, identityValues } from "./identity.ts";
import { type GetOptions, isMissing, loadableState, loadAttributeFlow, required } from "./look-up.ts";
import type { OperationQueue } from "./operation-queue.ts";
import type { Outcome, Reads } from "./read-batch.ts";
import type { SessionCore } from "./session-core.ts";

interface KeyRead {
  readonly core: SessionCore;
  readonly values: readonly unknown[];
  readonly isRequired: boolean;
}

interface AttributeRead {
  readonly core: SessionCore;
  readonly object: object;
  readonly key: string;
}

/** What `get()` and `getOne()` do in a session whose reads go together. */
export function mergedGet(
  queue: OperationQueue,
  core: SessionCore,
  entity: unknown,
  identity: Identity,
  isRequired: boolean,
): Promise<unknown> {
  try {
    const mapper = mapperOf(entity);
    const values = identityValues(mapper, identity);
    if (!queue.flows.busy) {
      const known = knownObject(core, mapper, values);
      if (known !== null) return Promise.resolve(known);
    }
    return queue.read({ reads: keyReads, about: mapper, item: { core, values, isRequired } });
  } catch (error) {
    return Promise.reject(error);
  }
}

const readOptions = ["populateExisting", "autoflush", "identityToken"] as const;

/** Nothing was asked for but the object. */
export function isPlainGet(core: SessionCore, options: GetOptions): boolean {
  const defaults = core.options.executionOptions;
  if (defaults !== null && (core.hearsStatements || readOptions.some((name) => defaults[name] !== undefined)))
    return false;
  for (const name in options) if (options[name as keyof GetOptions] !== undefined) return false;
  return true;
}

/** What `loadAttribute()` does in a session whose reads go together. */
export function mergedLoad(queue: OperationQueue, core: SessionCore, object: object, key: string): Promise<unknown> {
  const state = stateOf(object);
  const property = state?.mapper.find(key);
  // what is there is answered as soon as it is its turn
  if (state === undefined || property === undefined || !isMissing(state, key))
    return queue.run("session.loadAttribute()", loadAttributeFlow(core, object, key));
  const item = { core, object, key };
  if (isRelationship(property)) return queue.read({ reads: relationReads, about: property, item });
  return queue.read({ reads: columnReads, about: property, item });
}

const keyReads: Reads<EntityMapper, KeyRead> = {
  oneFlow(mapper, { core, values, isRequired }) {
    const flow = getObjectFlow(core, mapper, values, {});
    return isRequired ? requiredFlow(mapper, flow) : flow;
  },
  *manyFlow(mapper, items) {
    const [{ core }] = items as readonly [KeyRead];
    const found = yield* getObjectsFlow(
      core,
      mapper,
      items.map(({ values }) => values),
    );
    return found.map((each, index) => {
      if (items[index]?.isRequired !== true || "error" in each) return each;
      return outcomeOf(() => required(mapper, each.value));
    });
  },
};

function* requiredFlow(mapper: EntityMapper, flow: Flow<object | null>): Flow<object> {
  return required(mapper, yield* flow);
}

const relationReads: Reads<RelationshipProperty, AttributeRead> = attributeReads();
// by column: deferred ones are read apart, and what else was read along is there when the next group's turn comes
const columnReads: Reads<ColumnProperty, AttributeRead> = attributeReads();

function attributeReads<About extends object>(): Reads<About, AttributeRead> {
  return {
    oneFlow: (_about, { core, object, key }) => loadAttributeFlow(core, object, key),
    manyFlow: (_about, items) => loadManyFlow(items),
  };
}

function* loadManyFlow(items: readonly AttributeRead[]): Flow<readonly Outcome[]> {
  const [{ core, key: first }] = items as readonly [AttributeRead];
  const refused = new Map<AttributeRead, unknown>();
  const missing = new Set<InstanceState>();
  for (const item of items) {
    try {
      const state = loadableState(core, item.object);
      if (isMissing(state, item.key) && presentReference(core, state, item.key) === undefined) missing.add(state);
    } catch (error) {
      refused.set(item, error);
    }
  }
  const there = yield* loadAttributesFlow(core, [...missing], first);
  return items.map((item) => {
    if (refused.has(item)) return { error: refused.get(item) };
    const { object, key } = item;
    const state = stateOf(object) as InstanceState;
    if (missing.has(state) && !there.has(state)) return { error: rowDeleted(state, key) };
    return { value: (object as Record<string, unknown>)[key] };
  });
}

function outcomeOf(body: () => unknown): Outcome {
  try {
    return { value: body() };
  } catch (error) {
    return { error };
  }
}
