import { awaitableAttrs, declarativeBase, integer, many, NotLoadedError, select, string } from "athanor";
import { expect, it } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Shelf extends Base.mapped("shelves", {
  id: integer().primaryKey(),
  label: string(40),
  room: string(40),
  get boxes() {
    return many(Box, { lazy: "raise" });
  },
}) {}
class Box extends Base.mapped("boxes", {
  id: integer().primaryKey(),
  get shelfId() {
    return integer().references(Shelf.c.id);
  },
}) {}

describeTargets("what is not loaded", (target) => {
  it('is refused when read with lazy: "raise", and loaded when asked for', async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    session.add(new Shelf({ label: "a", room: "r", boxes: [new Box({})] }));
    await session.commit();
    await session.close();
    const shelf = await session.getOne(Shelf, 1);
    expect(() => shelf.boxes).toThrow(NotLoadedError);
    expect(() => shelf.boxes).toThrow(/Shelf\.boxes/);
    expect((await awaitableAttrs(shelf).boxes).length).toBe(1);
    expect(shelf.boxes.length).toBe(1);
    await session.close();
  });

  it("is read without touching changes that are not flushed", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine, { autoflush: false });
    const shelf = new Shelf({ label: "a", room: "r" });
    session.add(shelf);
    await session.commit();
    shelf.label = "changed";
    session.expire(shelf, ["room"]);
    expect(await session.loadAttribute(shelf, "room")).toBe("r");
    expect(shelf.label).toBe("changed");
    session.expire(shelf, ["room"]);
    shelf.room = "other";
    await session.scalars(select(Shelf));
    expect(shelf.room).toBe("other");
    await session.commit();
    expect((await session.getOne(Shelf, shelf.id)).room).toBe("other");
    await session.close();
  });
});
