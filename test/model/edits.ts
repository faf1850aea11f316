import { checkInside, loaded } from "./check.ts";
import type { Rig } from "./rig.ts";
import { backReferences, type ClassName, classNames, type Reference, shapes } from "./shapes.ts";
import type { Action } from "./steps.ts";
import { sourceOf, toReal, valueOf } from "./values.ts";
import type { Id, Plain } from "./world.ts";

/** Steps that change objects. */

export function pick<T>(list: readonly T[], choice: number): T | undefined {
  return list[choice % list.length];
}

/** Any object the program holds, of any class or of one. */
export function pickHeld(rig: Rig, choice: number, cls?: ClassName): Id | undefined {
  return pick(cls === undefined ? classNames.flatMap((name) => rig.held(name)) : rig.held(cls), choice);
}

/** Reads a relationship, which loads it where it is not loaded. */
export async function read(rig: Rig, id: Id, name: string): Promise<unknown> {
  const object = rig.object(id);
  const isKnown = loaded(object, name) !== undefined || rig.world.status.get(id) !== "persistent";
  if (isKnown) return object[name];
  const value = await rig.session.loadAttribute(object, name);
  rig.sweep();
  return value;
}

/** Reading may flush, and so delete. */
export function isThere(rig: Rig, ...ids: readonly (Id | null)[]): boolean {
  return ids.every((id) => id === null || rig.world.now.rows.has(id));
}

function chooseColumns(rig: Rig, cls: ClassName, choice: number): Record<string, Plain> {
  const columns: Record<string, Plain> = {};
  for (const [index, [name, kind]] of Object.entries(shapes[cls].columns).entries()) {
    const isGiven = kind === "key" || kind === "place" || kind === "name" || ((choice >> index) & 1) === 1;
    if (isGiven) columns[name] = valueOf(kind, choice + index, rig.serial());
  }
  return columns;
}

function chooseReferences(rig: Rig, cls: ClassName, choice: number): Record<string, Id | null> | undefined {
  const references: Record<string, Id | null> = {};
  for (const [name, reference] of Object.entries(shapes[cls].references)) {
    const target = choice % 3 === 0 && !reference.isRequired ? null : (pickHeld(rig, choice, reference.target) ?? null);
    if (target === null && reference.isRequired) return undefined;
    references[name] = target;
  }
  return references;
}

/** Makes a new object; its references come with the constructor, or by the other side's collection. */
const make: Action = async (rig, { a, b, c }) => {
  const cls = pick(classNames, a) as ClassName;
  const references = chooseReferences(rig, cls, b);
  if (references === undefined) return;
  const byCollection = Object.entries(references).find(([, target]) => target !== null && c % 2 === 1);
  const columns = chooseColumns(rig, cls, c);
  if (byCollection !== undefined) {
    await read(rig, byCollection[1] as Id, backOf(cls, byCollection[0]).back);
    if (!isThere(rig, ...Object.values(references))) return;
  }
  const none = Object.fromEntries(Object.keys(references).map((name) => [name, null]));
  const id = rig.world.make(cls, columns, none);
  const init: Record<string, unknown> = {};
  const source: string[] = [];
  for (const [name, value] of Object.entries(columns)) {
    const kind = shapes[cls].columns[name] as never;
    init[name] = toReal(kind, value);
    source.push(`${name}: ${sourceOf(kind, value)}`);
  }
  for (const [name, target] of Object.entries(references)) {
    if (target === null || byCollection?.[0] === name) continue;
    init[name] = rig.object(target);
    source.push(`${name}: ${rig.name(target)}`);
  }
  const made = new shapes[cls].entity(init);
  rig.hold(id, made);
  rig.say(`const ${rig.name(id)} = new ${cls}({ ${source.join(", ")} });`);
  for (const [name, target] of Object.entries(references)) rig.world.refer(id, name, target);
  if (byCollection === undefined) {
    rig.say(`session.add(${rig.name(id)});`);
    rig.session.add(made);
    return;
  }
  give(rig, byCollection[1] as Id, backOf(cls, byCollection[0]), id);
};

function backOf(cls: ClassName, name: string): Reference {
  return shapes[cls].references[name] as Reference;
}

/** Puts an object into the other side of its reference. */
function give(rig: Rig, target: Id, { back, isSingle }: Reference, member: Id): void {
  const owner = rig.object(target);
  if (isSingle) {
    rig.say(`${rig.name(target)}.${back} = ${rig.name(member)};`);
    owner[back] = rig.object(member);
    return;
  }
  rig.say(`${rig.name(target)}.${back}.push(${rig.name(member)});`);
  (owner[back] as object[]).push(rig.object(member));
}

const setColumn: Action = async (rig, { a, b, c }) => {
  const id = pickHeld(rig, a);
  if (id === undefined) return;
  const shape = shapes[rig.world.row(id).cls];
  const [name, kind] = pick(Object.entries(shape.columns), b) as [string, never];
  if (shape.key.includes(name) && rig.world.status.get(id) !== "persistent") return;
  const value =
    c % 11 === 0 && !shape.key.includes(name) ? rig.world.row(id).columns[name] : valueOf(kind, c, rig.serial());
  rig.say(`${rig.name(id)}.${name} = ${sourceOf(kind, value)};`);
  rig.object(id)[name] = toReal(kind, value);
  rig.world.setColumn(id, name, value ?? null);
};

/** JSON, dates and bytes changed in place. */
const mutate: Action = async (rig, { a, b }) => {
  const id = pickHeld(rig, a, "Item");
  if (id === undefined) return;
  const object = rig.object(id);
  const [data, at, blob] = ["data", "at", "blob"].map((key) => (Object.hasOwn(object, key) ? object[key] : null));
  const name = rig.name(id);
  if (b % 3 === 0 && data !== null && typeof data === "object" && !Array.isArray(data)) {
    rig.say(`${name}.data.changed = ${b};`);
    (data as Record<string, unknown>)["changed"] = b;
    rig.world.setColumn(id, "data", structuredClone(data));
  } else if (b % 3 === 1 && at instanceof Date) {
    rig.say(`${name}.at.setUTCDate(${1 + (b % 28)});`);
    at.setUTCDate(1 + (b % 28));
    rig.world.setColumn(id, "at", at.getTime());
  } else if (b % 3 === 2 && blob instanceof Uint8Array && blob.length > 0) {
    rig.say(`${name}.blob[0] = ${b % 256};`);
    blob[0] = b % 256;
    rig.world.setColumn(id, "blob", Array.from(blob));
  }
};

interface Edge {
  readonly id: Id;
  readonly name: string;
  readonly reference: Reference;
  readonly target: Id | null;
}

/** Chooses an object and whom it will refer to. */
function chooseEdge(rig: Rig, a: number, b: number): Edge | undefined {
  const holders = classNames.filter((cls) => Object.keys(shapes[cls].references).length > 0);
  const id = pick(
    holders.flatMap((cls) => rig.held(cls)),
    a,
  );
  if (id === undefined) return undefined;
  const [name, reference] = pick(Object.entries(shapes[rig.world.row(id).cls].references), b) as [string, Reference];
  const target = b % 5 === 0 ? null : (pickHeld(rig, b, reference.target) ?? null);
  return target !== null && isCircle(rig, id, name, target) ? undefined : { id, name, reference, target };
}

function isCircle(rig: Rig, id: Id, name: string, target: Id): boolean {
  for (const tables of [rig.world.now, rig.world.flushed]) {
    for (let step: Id | null | undefined = target; step != null; step = tables.rows.get(step)?.references[name])
      if (step === id) return true;
  }
  return false;
}

/** Moves an object by its own side. */
const refer: Action = async (rig, { a, b }) => {
  const edge = chooseEdge(rig, a, b);
  if (edge === undefined) return;
  const { id, name, target } = edge;
  rig.say(`${rig.name(id)}.${name} = ${rig.name(target)};`);
  rig.object(id)[name] = target === null ? null : rig.object(target);
  rig.world.refer(id, name, target);
};

/** Moves an object by the collections. */
const move: Action = async (rig, { a, b, c }) => {
  const edge = chooseEdge(rig, a, b);
  if (edge === undefined) return;
  const { id, name, reference, target } = edge;
  const old = rig.world.row(id).references[name] ?? null;
  if (old === target) return;
  if (target === null) await takeOut(rig, id, name, reference, old, c);
  else {
    const value = await read(rig, target, reference.back);
    // the collection does not know yet that it lost the object, when that was done while its key was expired
    if (!isThere(rig, id, target) || (value as object[] | null)?.includes?.(rig.object(id))) return;
    give(rig, target, reference, id);
    rig.world.refer(id, name, target);
  }
};

async function takeOut(rig: Rig, id: Id, name: string, { back, isSingle }: Reference, old: Id | null, c: number) {
  if (old === null || !rig.objects.has(old) || rig.world.marked.has(old)) return;
  const value = await read(rig, old, back);
  if (!isThere(rig, id, old)) return;
  const owner = rig.object(old);
  const label = `${rig.name(old)}.${back}`;
  if (isSingle) {
    rig.say(`${label} = null;`);
    owner[back] = null;
  } else if (c % 3 === 0) {
    rig.say(`${label} = ${label}.filter((member) => member !== ${rig.name(id)});`);
    owner[back] = (value as object[]).filter((member) => member !== rig.object(id));
  } else {
    const place = (value as object[]).indexOf(rig.object(id));
    if (place < 0) return;
    if (c % 3 === 1) takeByMethod(rig, label, value as object[], place);
    else takeByIndex(rig, label, value as object[], place);
  }
  rig.world.refer(id, name, null);
  if (c % 3 === 2 && !isSingle) await flush(rig);
}

function takeByMethod(rig: Rig, label: string, members: object[], place: number): void {
  rig.say(`${label}.splice(${place}, 1);`);
  members.splice(place, 1);
}

/** No method sees it, but the flush that has to follow. */
function takeByIndex(rig: Rig, label: string, members: object[], place: number): void {
  rig.say(`${label}[${place}] = ${label}.at(-1); ${label}.length -= 1;`);
  members[place] = members.at(-1) as object;
  members.length -= 1;
}

async function flush(rig: Rig): Promise<void> {
  rig.say("await session.flush();");
  await rig.session.flush();
  rig.flushed();
  await checkInside(rig);
}

/** A collection is given other members, without being read. */
const assign: Action = async (rig, { a, b, c }) => {
  const target = pick([...rig.held("Owner"), ...rig.held("Cell")], a);
  if (target === undefined) return;
  const back = pick(
    backReferences(rig.world.row(target).cls).filter(({ reference }) => !reference.isSingle),
    b,
  );
  if (back === undefined) return;
  const members = rig.held(back.holder).filter((_, index) => ((c >> index) & 1) === 1);
  rig.say(`${rig.name(target)}.${back.reference.back} = [${members.map((member) => rig.name(member)).join(", ")}];`);
  rig.object(target)[back.reference.back] = members.map((member) => rig.object(member));
  for (const member of rig.world.members(target, back.name))
    if (rig.world.row(member).cls === back.holder && !members.includes(member))
      rig.world.refer(member, back.name, null);
  for (const member of members) rig.world.refer(member, back.name, target);
};

/** Links an item and a tag, or unlinks them, from either side. */
const link: Action = async (rig, { a, b, c }) => {
  const [item, tag] = [pickHeld(rig, a, "Item"), pickHeld(rig, b, "Tag")];
  if (item === undefined || tag === undefined) return;
  const [id, name, other] = c % 2 === 0 ? ([item, "tags", tag] as const) : ([tag, "items", item] as const);
  const members = (await read(rig, id, name)) as object[];
  if (!isThere(rig, item, tag)) return;
  const place = members.indexOf(rig.object(other));
  const label = `${rig.name(id)}.${name}`;
  const byIndex = place >= 0 && c % 3 === 0;
  if (byIndex) takeByIndex(rig, label, members, place);
  else if (place >= 0) takeByMethod(rig, label, members, place);
  else {
    rig.say(`${label}.push(${rig.name(other)});`);
    members.push(rig.object(other));
  }
  rig.world.link(item, tag, place < 0);
  if (byIndex) await flush(rig);
};

/** The key of an object changes: rows that refer to it follow. */
const rekey: Action = async (rig, { a, b }) => {
  const id = pick([...rig.held("Owner"), ...rig.held("Cell")], a);
  if (id === undefined || rig.world.status.get(id) !== "persistent") return;
  const shape = shapes[rig.world.row(id).cls];
  const name = pick(shape.key, b) as string;
  const kind = shape.columns[name] as never;
  const value = valueOf(kind, b, rig.serial());
  rig.say(`${rig.name(id)}.${name} = ${sourceOf(kind, value)};`);
  rig.object(id)[name] = value;
  rig.world.setColumn(id, name, value);
};

const remove: Action = async (rig, { a }) => {
  const id = pickHeld(rig, a);
  if (id === undefined || rig.world.status.get(id) !== "persistent") return;
  rig.say(`await session.delete(${rig.name(id)});`);
  await rig.session.delete(rig.object(id));
  rig.world.marked.add(id);
};

/** A new object that left the session comes in again. */
const again: Action = async (rig, { a }) => {
  const id = pick(
    [...rig.world.outside.keys()].filter((one) => rig.world.canReadd(one)),
    a,
  );
  if (id === undefined) return;
  rig.say(`session.add(${rig.name(id)});`);
  rig.session.add(rig.object(id));
  rig.world.readd(id);
};

export const edits: Readonly<Record<string, Action>> = {
  make,
  setColumn,
  mutate,
  refer,
  move,
  assign,
  link,
  rekey,
  remove,
  again,
};
