import { isDeepStrictEqual } from "node:util";
import { inspect } from "../../src/facade/inspect.ts";
import { select } from "../../src/sql/index.ts";
import { itemTag } from "./classes.ts";
import type { Rig } from "./rig.ts";
import { backReferences, classNames, type Shape, shapes } from "./shapes.ts";
import { toPlain } from "./values.ts";
import type { Id, Tables } from "./world.ts";

/** Database, identity map and objects must agree with the world. */

export class Disagreement extends Error {
  override readonly name = "Disagreement";
}

export function agree(what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Disagreement(`${what}:\n  is        ${JSON.stringify(actual)}\n  should be ${JSON.stringify(expected)}`);
}

/** After a flush, inside the transaction: read over the session's own connection. */
export async function checkInside(rig: Rig): Promise<void> {
  const connection = await rig.session.connection();
  await checkTables(rig, connection);
  checkSession(rig);
}

/** After the transaction: read over another connection; the session holds none. */
export async function checkOutside(rig: Rig): Promise<void> {
  agree("connections checked out", rig.engine.pool.checkedOut(), 0);
  agree("inTransaction()", rig.session.inTransaction(), false);
  agree("isActive", rig.session.isActive, true);
  checkSession(rig);
  const connection = await rig.engine.connect();
  try {
    await checkTables(rig, connection);
  } finally {
    await connection.close();
  }
}

type Connection = Awaited<ReturnType<Rig["session"]["connection"]>>;

async function checkTables(rig: Rig, connection: Connection): Promise<void> {
  const { flushed } = rig.world;
  for (const cls of classNames) {
    const columns = columnNames(shapes[cls]);
    const mapped = columns.map((name) => shapes[cls].entity.c[name] as never);
    const rows = (await connection.execute(select(...mapped))).all() as readonly (readonly unknown[])[];
    const expected = rig.world.ids(cls, flushed).map((id) => {
      const values = rig.world.values(id, flushed);
      return columns.map((name) => values[name] ?? null);
    });
    agree(
      `rows of ${shapes[cls].table} (${columns.join(", ")})`,
      sorted(rows.map((row) => row.map(toPlain))),
      sorted(expected),
    );
  }
  const links = (await connection.execute(select(itemTag.c.item_id, itemTag.c.tag_id))).all();
  agree("rows of m_item_tag", sorted(links.map((row) => Array.from(row))), sorted(linkRows(flushed)));
}

function columnNames(shape: Shape): readonly string[] {
  return [...new Set([...shape.key, ...Object.keys(shape.columns), ...foreignColumns(shape)])];
}

function foreignColumns(shape: Shape): readonly string[] {
  return Object.values(shape.references).flatMap((reference) => Object.keys(reference.columns));
}

function linkRows(tables: Tables): readonly unknown[] {
  return [...tables.links].map((link) => link.split(":").map((id) => tables.rows.get(Number(id))?.columns["id"]));
}

function sorted(rows: readonly unknown[]): readonly unknown[] {
  return rows.toSorted((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

/** What the session has, and what objects show. */
function checkSession(rig: Rig): void {
  const { session, world } = rig;
  rig.sweep();
  agree(
    "session.new",
    [...session.new].map((object) => rig.idOf(object)),
    [],
  );
  agree(
    "session.dirty",
    [...session.dirty].map((object) => rig.idOf(object)),
    [],
  );
  agree(
    "session.deleted",
    [...session.deleted].map((object) => rig.idOf(object)),
    [],
  );
  const present = new Set<Id>();
  for (const object of session) {
    const id = rig.idOf(object) as Id;
    if (present.has(id)) throw new Disagreement(`${rig.name(id)} is in the identity map twice`);
    present.add(id);
  }
  const expected = [...rig.objects.keys()].filter((id) => world.status.get(id) === "persistent");
  agree("identity map", byNumber(present), byNumber(expected));
  for (const [id, object] of rig.objects) {
    agree(`status of ${rig.name(id)}`, inspect(object).status, world.status.get(id));
    if (world.now.rows.has(id)) checkObject(rig, id, object);
    else checkOutsider(rig, id, object);
  }
}

/** In one order; 0 stands for an object that the program does not know. */
export function byNumber(ids: Iterable<Id | undefined>): readonly Id[] {
  return Array.from(ids, (id) => id ?? 0).toSorted((left, right) => left - right);
}

function checkObject(rig: Rig, id: Id, object: object): void {
  const { world } = rig;
  const shape = shapes[world.row(id).cls];
  const values = world.values(id);
  for (const name of columnNames(shape)) {
    if (rig.expired.has(id) && !Object.hasOwn(object, name)) continue;
    const shown = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
    agree(`${rig.name(id)}.${name}`, toPlain(shown), values[name] ?? null);
  }
  for (const [name, ids] of relations(rig, id)) {
    const shown = loaded(object, name);
    if (shown === undefined) continue;
    const members = Array.isArray(shown) ? shown : shown === null ? [] : [shown];
    agree(`${rig.name(id)}.${name}`, byNumber(members.map((member) => rig.idOf(member))), byNumber(ids));
  }
}

/** A relationship's value if it is loaded, without loading it. */
export function loaded(object: object, name: string): unknown {
  return inspect(object).attrs[name]?.loadedValue;
}

/** What each relationship attribute of an object must show. */
export function relations(
  { world }: Rig,
  id: Id,
  tables: Tables = world.now,
): readonly (readonly [string, readonly Id[]])[] {
  const { cls } = world.row(id);
  const references = tables.rows.get(id)?.references ?? {};
  const { references: known, links } = shapes[cls];
  return [
    ...Object.keys(known).map((name) => [name, references[name] == null ? [] : [references[name]]] as const),
    ...backReferences(cls).map(({ holder, name, reference }) => {
      const members = world.members(id, name, tables).filter((member) => tables.rows.get(member)?.cls === holder);
      return [reference.back, members] as const;
    }),
    ...Object.keys(links).map((name) => [name, world.linked(id, tables)] as const),
  ];
}

/** A new object outside of the session shows what the program made it. */
function checkOutsider(rig: Rig, id: Id, object: object): void {
  const outsider = rig.world.outside.get(id);
  if (outsider === undefined) return;
  const shape = shapes[outsider.row.cls];
  for (const name of [...shape.key, ...Object.keys(shape.columns)]) {
    const shown = (object as Record<string, unknown>)[name];
    agree(`${rig.name(id)}.${name}, outside`, toPlain(shown), outsider.row.columns[name] ?? null);
  }
}
