import { isDeepStrictEqual } from "node:util";
import { joinedload, selectinload } from "../../src/orm/index.ts";
import { select } from "../../src/sql/index.ts";
import { agree, byNumber, relations } from "./check.ts";
import { isThere, pick, pickHeld, read } from "./edits.ts";
import type { Rig } from "./rig.ts";
import { backReferences, type ClassName, classNames, shapes } from "./shapes.ts";
import type { Action } from "./steps.ts";
import type { Id } from "./world.ts";

/** Steps that read. */

function relationNames(cls: ClassName): readonly string[] {
  return Object.keys(shapes[cls].entity.c).filter(
    (name) => "property" in (shapes[cls].entity.c as Record<string, object>)[name]!,
  );
}

const query: Action = async (rig, { a, b, c }) => {
  const cls = pick(classNames, a) as ClassName;
  const { entity } = shapes[cls];
  const name = pick(relationNames(cls), b);
  const option = c % 3 === 0 || name === undefined ? null : c % 3 === 1 ? selectinload : joinedload;
  const statement = select(entity as never);
  const asked = option === null ? statement : statement.options(option(entity.c[name as string] as never));
  rig.say(
    `await session.scalars(select(${cls})${option === null ? "" : `.options(${option.name}(${cls}.c.${name}))`});`,
  );
  const found = (await rig.session.scalars(asked)).all() as readonly object[];
  if (rig.options.autoflush) rig.flushed();
  rig.sweep();
  agree(
    `objects of select(${cls})`,
    byNumber(found.map((object) => rig.idOf(object))),
    byNumber(rig.world.ids(cls, rig.world.flushed)),
  );
};

const get: Action = async (rig, { a, b }) => {
  const cls = pick(classNames, a) as ClassName;
  const id = pick(
    rig.world.ids(cls, rig.world.flushed).filter((one) => rig.world.now.rows.has(one) && !rig.world.marked.has(one)),
    b,
  );
  if (id === undefined || isRekeyed(rig)) return;
  const key = rig.key(id);
  rig.say(`await session.get(${cls}, ${JSON.stringify(key.length === 1 ? key[0] : key)}); // ${rig.name(id)}`);
  const found = await rig.session.get(shapes[cls].entity as never, (key.length === 1 ? key[0] : key) as never);
  rig.sweep();
  agree(`get(${cls})`, found === null ? null : rig.idOf(found), isThere(rig, id) ? id : null);
};

function isRekeyed({ world }: Rig): boolean {
  return [...world.flushed.rows].some(([id, row]) =>
    shapes[row.cls].key.some((name) => world.now.rows.get(id)?.columns[name] !== row.columns[name]),
  );
}

const load: Action = async (rig, { a, b }) => {
  const id = pickHeld(rig, a);
  if (id === undefined || rig.world.status.get(id) !== "persistent") return;
  const [name] = pick(relations(rig, id), b) ?? [""];
  if (name === "") return;
  rig.say(`await load(${rig.name(id)}, ${JSON.stringify(name)});`);
  const value = await read(rig, id, name);
  if (!isThere(rig, id)) return;
  const known = byNumber(new Map(relations(rig, id)).get(name) ?? []);
  // one that was assigned over unread is known to both sides with the next flush
  if (!isDeepStrictEqual(known, byNumber(new Map(relations(rig, id, rig.world.flushed)).get(name) ?? []))) return;
  const members = Array.isArray(value) ? value : value === null ? [] : [value];
  agree(`${rig.name(id)}.${name}`, byNumber(members.map((member) => rig.idOf(member))), known);
};

const flushBefore = async (rig: Rig): Promise<void> => {
  rig.say("await session.flush();");
  await rig.session.flush();
  rig.flushed();
};

const refresh: Action = async (rig, { a, b, c }) => {
  await flushBefore(rig);
  const id = pickHeld(rig, a);
  if (id === undefined) return;
  const { cls } = rig.world.row(id);
  const name = c % 2 === 0 ? undefined : pick(relationNames(cls), b);
  const names = name === undefined ? [] : [name];
  rig.say(`await session.refresh(${rig.name(id)}, ${JSON.stringify(names)});`);
  await rig.session.refresh(rig.object(id), names);
  takenAway(rig, id);
  rig.sweep();
};

const expire: Action = async (rig, { a, c }) => {
  await flushBefore(rig);
  if (c % 4 === 0) {
    rig.say("session.expireAll();");
    rig.session.expireAll();
    for (const id of rig.world.now.rows.keys()) takenAway(rig, id);
    return;
  }
  const id = pickHeld(rig, a);
  if (id === undefined) return;
  rig.say(`session.expire(${rig.name(id)});`);
  rig.session.expire(rig.object(id));
  takenAway(rig, id);
};

/** With an object goes what is part of it (refresh-expire). */
function takenAway(rig: Rig, id: Id): void {
  const { expired, world } = rig;
  expired.add(id);
  world.blurred.add(id);
  for (const { holder, name, reference } of backReferences(world.row(id).cls)) {
    if (!reference.deletes) continue;
    for (const member of world.members(id, name)) if (world.row(member).cls === holder) takenAway(rig, member);
  }
}

export const loads: Readonly<Record<string, Action>> = { query, get, load, refresh, expire };
