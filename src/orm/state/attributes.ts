import { ArgumentError, DetachedInstanceError, NotLoadedError } from "../../errors/index.ts";
import { type RecordDefiner, recordDefiner } from "../../hydrate/index.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { InstanceState, NOT_LOADED, stampState, stateOf } from "./instance-state.ts";
import { setLoadedCollection } from "./loaded-relation.ts";
import { writeRelation } from "./relation-events.ts";
import { validatedColumn } from "./validate.ts";

/** Tells whether an attribute is a relationship. */
export function isRelationship(property: ColumnProperty | RelationshipProperty): property is RelationshipProperty {
  return "direction" in property;
}

/** Gives a column attribute as an own, enumerable property: plain to spread, JSON and comparison. */
export function defineColumn(object: object, key: string, value: unknown): void {
  // assigning to what is there takes 5 ns, defining it 60
  if (Object.hasOwn(object, key) && key !== "__proto__") (object as Record<string, unknown>)[key] = value;
  else defineNew(object, key, value);
}

function defineNew(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Which attributes a prototype has accessors of ours for. */
const accessors = new WeakMap<object, ReadonlySet<string>>();

/** Tells whether an attribute without an own property is answered by us: the program's class has no getter over it. */
export function isOwnAccessor(prototype: object, key: string): boolean {
  for (let owner: object | null = prototype; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    if (Object.hasOwn(owner, key)) return accessors.get(owner)?.has(key) === true;
  }
  return false;
}

/** Answers for attributes that have no own property on the object: relationships, and what is not loaded. */
export function defineAccessors(prototype: object, keys: readonly string[], mapper: EntityMapper): void {
  accessors.set(prototype, new Set(keys));
  for (const key of keys) {
    Object.defineProperty(prototype, key, {
      configurable: true,
      enumerable: false,
      get(this: object): unknown {
        const state = stateOf(this);
        return state === undefined ? readNaked(this, mapper, key) : readAttribute(state, key);
      },
      set(this: object, value: unknown): void {
        const state = stateOf(this);
        if (state === undefined) defineColumn(this, key, value);
        else writeAttribute(state, key, value);
      },
    });
  }
}

// no session knows the object: a naked one made it, or it is a prototype that somebody looks at
function readNaked(object: object, mapper: EntityMapper, key: string): undefined {
  const property = Object.hasOwn(object, "constructor") ? undefined : mapper.find(key);
  if (property === undefined || !isRelationship(property)) return undefined;
  const { name, target } = property;
  throw new NotLoadedError(
    `${name} is not loaded: this ${mapper.name} was read by a naked session, which loads no relationships. Join and select ` +
      `both classes, select(${mapper.name}, ${target.name}).join(${mapper.name}.c.${key}), or read the object with a tracked session.`,
  );
}

function readAttribute(state: InstanceState, key: string): unknown {
  const property = state.mapper.find(key);
  if (property === undefined) return undefined;
  return isRelationship(property) ? readRelation(state, property) : readMissingColumn(state, property);
}

// no own property: deleted or never set (null), or not loaded
function readMissingColumn(state: InstanceState, property: ColumnProperty): unknown {
  if (state.row === null || state.row[property.index] !== NOT_LOADED) return null;
  return load(state, property.key);
}

function readRelation(state: InstanceState, property: RelationshipProperty): unknown {
  const slot = state.slots?.[property.index];
  if (slot?.loaded) return slot.value;
  const loader = state.row === null ? state.marks?.loader : undefined;
  if (loader) return loader.loadAttribute(state, property.key);
  if (state.row === null || (property.direction !== "many-to-one" && state.knownEmpty))
    return readEmpty(state, property);
  return load(state, property.key);
}

function readEmpty(state: InstanceState, property: RelationshipProperty): unknown {
  if (!property.isMany) return null;
  const members = setLoadedCollection(state, property, []);
  if (state.isStale) state.slot(property).epoch = -1; // others may have given it members: a flush that must know asks
  return members;
}

function load(state: InstanceState, key: string): unknown {
  if (state.owner !== null) return state.owner.loadAttribute(state, key);
  throw new DetachedInstanceError(
    `${state.mapper.name}.${key} is not loaded, and the object belongs to no session that could load it. ` +
      `Load it before the session ends (for a relationship: .options(selectinload(${state.mapper.name}.c.${key}))), or add the object to a session.`,
  );
}

function writeAttribute(state: InstanceState, key: string, value: unknown): void {
  const property = state.mapper.find(key);
  if (property !== undefined && isRelationship(property)) writeRelation(state, property, value);
  else defineColumn(state.object, key, value);
}

/** What the constructor of a mapped class does: takes values by attribute. */
export function initialise(object: object, given: unknown, mapper: EntityMapper): void {
  const state = new InstanceState(mapper, object);
  stampState(object, state);
  if (given !== undefined && (typeof given !== "object" || given === null)) {
    throw new ArgumentError(`new ${mapper.name}() takes an object of values: new ${mapper.name}({ … }).`);
  }
  const { listeners } = mapper;
  const init = listeners.active ? listeners.tellInit(object, given) : given;
  listeners.madeAny = true;
  if (init !== undefined) takeValues(state, init as Readonly<Record<string, unknown>>);
  if (mapper.isPolymorphic) defineIdentity(object, mapper);
}

/** A new object of classes that share a table says which one it is of. @throws ArgumentError when it cannot. */
function defineIdentity(object: object, { name, identity, hierarchy }: EntityMapper): void {
  const key = hierarchy?.discriminator.key as string;
  if (Object.hasOwn(object, key)) return;
  if (identity !== undefined) return defineColumn(object, key, identity);
  throw new ArgumentError(
    `${name} has no polymorphicIdentity, so that nothing could tell its row from others. Make an object of one of its ` +
      'subclasses, or map it with { polymorphicIdentity: "…" }.',
  );
}

function takeValues(state: InstanceState, init: Readonly<Record<string, unknown>>): void {
  const { mapper, object } = state;
  const { listeners } = mapper;
  const shape = listeners.hooks === null ? shapeOf(mapper, init) : null;
  if (shape?.define(object, init) === true) {
    for (const property of shape.relations) {
      const value = init[property.key];
      if (value !== undefined) writeRelation(state, property, value);
    }
    return;
  }
  for (const [key, value] of Object.entries(init)) {
    if (value === undefined) continue;
    const property = mapper.find(key);
    if (property === undefined) throw unknownAttribute(mapper, key);
    if (isRelationship(property)) writeRelation(state, property, value);
    else defineColumn(object, key, listeners.hooks === null ? value : validatedColumn(state, property, value));
  }
}

function unknownAttribute(mapper: EntityMapper, key: string): ArgumentError {
  const known = [...mapper.columns, ...mapper.relationships].map((attribute) => attribute.key);
  return new ArgumentError(`${mapper.name} has no attribute ${JSON.stringify(key)}. It has: ${known.join(", ")}.`);
}

/** How a constructor takes values of these keys in this order. */
interface InitShape {
  readonly keys: readonly string[];
  readonly define: RecordDefiner;
  readonly relations: readonly RelationshipProperty[];
}

const KEPT_SHAPES = 8; // most classes are made in one or two ways

const shapes = new WeakMap<EntityMapper, InitShape[]>();

/** The shape of what is given; `null` for one that is not worth keeping. */
function shapeOf(mapper: EntityMapper, init: object): InitShape | null {
  const keys = Object.keys(init);
  let known = shapes.get(mapper);
  if (known === undefined) {
    known = [];
    shapes.set(mapper, known);
  }
  for (const shape of known) if (isSameList(shape.keys, keys)) return shape;
  if (known.length === KEPT_SHAPES) return null;
  const properties = keys.map((key) => mapper.find(key));
  if (properties.includes(undefined)) return null;
  const relations = properties.filter((property) => property !== undefined && isRelationship(property));
  const columns = keys.filter((_key, index) => !relations.includes(properties[index] as RelationshipProperty));
  const shape = { keys, define: recordDefiner(columns), relations: relations as readonly RelationshipProperty[] };
  known.push(shape);
  return shape;
}

function isSameList(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}

/** What JSON sees of an object: its columns and the relationships that are loaded, without following a circle. */
export function toPlain(object: object, path: ReadonlySet<object> = new Set()): Record<string, unknown> {
  const plain: Record<string, unknown> = { ...object };
  const state = stateOf(object);
  if (state === undefined) return plain;
  const inner = new Set(path).add(object);
  for (const property of state.mapper.relationships) {
    const slot = state.slots?.[property.index];
    if (slot === undefined || !slot.loaded) continue;
    const members = property.isMany ? (slot.value as object[]) : slot.value === null ? [] : [slot.value as object];
    const shown = members.filter((member) => !inner.has(member)).map((member) => toPlain(member, inner));
    if (property.isMany) plain[property.key] = shown;
    else if (slot.value === null) plain[property.key] = null;
    else if (shown.length > 0) plain[property.key] = shown[0];
  }
  return plain;
}
