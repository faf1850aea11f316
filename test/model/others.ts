import { update } from "../../src/sql/index.ts";
import { agree } from "./check.ts";
import { pick } from "./edits.ts";
import type { Rig } from "./rig.ts";
import { type Kind, shapes } from "./shapes.ts";
import type { Action } from "./steps.ts";
import { sourceOf, toReal, valueOf } from "./values.ts";
import type { Id, Plain } from "./world.ts";

/** Steps in which somebody else has a hand: another connection, another session. */

interface Change {
  readonly id: Id;
  readonly name: string;
  readonly kind: Kind;
  readonly value: Plain;
}

const freeKinds: readonly Kind[] = ["text", "name", "json", "date", "bytes"];

/** Ends the transaction, and chooses a row and what becomes of it. */
async function chooseChange(rig: Rig, a: number, b: number): Promise<Change | undefined> {
  rig.say("await session.commit();");
  await rig.session.commit();
  rig.flushed();
  rig.world.commit();
  rig.savepoints.length = 0;
  const id = pick([...rig.world.now.rows.keys()], a);
  if (id === undefined) return undefined;
  const columns = Object.entries(shapes[rig.world.row(id).cls].columns).filter(([, kind]) => freeKinds.includes(kind));
  const [name, kind] = pick(columns, b) as [string, Kind];
  return { id, name, kind, value: valueOf(kind, b, 0) };
}

function keyArgument(rig: Rig, id: Id): never {
  const key = rig.key(id);
  return (key.length === 1 ? key[0] : key) as never;
}

const changeOutside: Action = async (rig, { a, b }) => {
  const change = await chooseChange(rig, a, b);
  if (change === undefined) return;
  const { id, name, kind, value } = change;
  const { cls } = rig.world.row(id);
  const { entity, key } = shapes[cls];
  rig.say(`// another connection: ${rig.name(id)}.${name} = ${sourceOf(kind, value)}`);
  const connection = await rig.engine.connect();
  const where = key.map((column, index) => (entity.c[column] as unknown as Column).eq(rig.key(id)[index]) as never);
  await connection.execute(
    update(entity as never)
      .values({ [name]: toReal(kind, value) } as never)
      .where(...where),
  );
  await connection.commit();
  await connection.close();
  rig.world.changeOutside(id, name, value);
  const options = { populateExisting: !rig.options.expireOnCommit };
  rig.say(`await session.get(${cls}, ${JSON.stringify(keyArgument(rig, id))}, ${JSON.stringify(options)});`);
  const found = await rig.session.get(entity as never, keyArgument(rig, id), options);
  rig.sweep();
  agree("get() after a change by another connection", rig.idOf(found), id);
};

interface Column {
  eq(value: unknown): unknown;
}

const merge: Action = async (rig, { a, b }) => {
  const change = await chooseChange(rig, a, b);
  if (change === undefined) return;
  const { id, name, kind, value } = change;
  const { cls } = rig.world.row(id);
  const other = rig.another();
  const copy = (await other.get(shapes[cls].entity as never, keyArgument(rig, id))) as unknown as Record<
    string,
    unknown
  >;
  await other.close();
  rig.say(`// copy: ${rig.name(id)}, loaded by a session that was closed`);
  rig.say(`copy.${name} = ${sourceOf(kind, value)};`);
  rig.say("await session.merge(copy);");
  copy[name] = toReal(kind, value);
  const merged = await rig.session.merge(copy);
  rig.sweep();
  agree("merge()", rig.idOf(merged), id);
  rig.world.setColumn(id, name, value);
};

export const others: Readonly<Record<string, Action>> = { changeOutside, merge };
