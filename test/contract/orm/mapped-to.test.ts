// Classes mapped to tables that are there already.
import { ArgumentError, declarativeBase, insert, integer, select, string, Table, timestamp, func } from "athanor";
import { expect, test } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { attempt, plain, useOrm } from "./open-orm.ts";

const Base = declarativeBase();
const rooms = new Table("mt_room", Base.metadata, {
  id: integer().primaryKey(),
  doorName: string(30).named("door"),
  seats: integer().default(4),
  builtAt: timestamp().serverDefault(func.now()),
});

class Room extends Base.mappedTo(rooms) {
  get isLarge(): boolean {
    return this.seats > 10;
  }
}

describeTargets("classes mapped to tables", (target) => {
  const orm = useOrm(target, Base);

  test("are read, written, changed and deleted as any others", async () => {
    expect(Room.table).toBe(rooms);
    const session = orm.session();
    const room = new Room({ doorName: "blue" });
    session.add(room);
    await session.flush();
    expect([typeof room.id, room.seats, room.isLarge]).toEqual(["number", 4, false]);
    room.seats = 20;
    orm.log();
    await session.flush();
    expect(orm.log().map(plain)).toEqual(['UPDATE "mt_room" SET "seats" = ? WHERE "id" = ?']);
    expect(await session.get(Room, room.id)).toBe(room);
    await session.commit();
    // the table itself goes on to serve statements, which objects follow
    expect(await orm.rows(select(rooms.c.doorName, Room.c.seats))).toEqual([["blue", 20]]);
    await session.execute(insert(rooms).values({ id: 7, doorName: "red" }));
    expect((await session.scalars(select(Room).where(rooms.c.id.eq(7)))).one().isLarge).toBe(false);
    await session.delete(room);
    await session.commit();
    expect(await orm.rows(select(Room.c.doorName))).toEqual(["red"]);
  });

  test("take no columns of other tables", async () => {
    const own = declarativeBase();
    class Wrong extends own.mapped("mt_wrong", { id: rooms.c.id as never }) {}
    const error = await attempt(() => select(Wrong));
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as Error).message).toMatch(/^Wrong\.id is neither a column nor a relationship\. Use a builder/);
  });
});
