import { declarativeBase, integer, listen, string } from "athanor";
import { expect, it } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Item extends Base.mapped("items", {
  id: integer().primaryKey(),
  name: string(40),
}) {}

describeTargets("a look-up by key", (target) => {
  it("finds an object that was given the key and not flushed", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    const item = new Item({ id: 1, name: "a" });
    session.add(item);
    await session.commit();
    item.id = 7;
    expect(await session.get(Item, 7)).toBe(item);
    await session.commit();
    expect(await session.get(Item, 1)).toBe(null);
    await session.close();
  });

  it("flushes when something is new, and needs no SELECT for it", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const session = openSession(target, engine);
    session.addAll([new Item({ id: 1, name: "a" }), new Item({ id: 2, name: "b" })]);
    await session.commit();
    const first = await session.getOne(Item, 1);
    first.name = "changed";
    const log: string[] = [];
    listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(sql.split(" ")[0] ?? ""));
    await session.get(Item, 2); // departure: the reference writes what changed first
    expect(log).toEqual(["SELECT"]);
    const third = new Item({ id: 3, name: "c" });
    session.add(third);
    expect(await session.get(Item, 3)).toBe(third);
    expect(log.slice(1)).toEqual(["UPDATE", "INSERT"]);
    await session.close();
  });
});
