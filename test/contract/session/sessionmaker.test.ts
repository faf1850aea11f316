// What makes sessions (spec B3): its options, those of a call, and what configure() changes.
import {
  AsyncSession,
  asyncSessionmaker,
  declarativeBase,
  integer,
  select,
  Session,
  sessionmaker,
  string,
} from "athanor";
import { expect, it } from "vitest";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";

const Base = declarativeBase();
class Item extends Base.mapped("made_items", {
  id: integer().primaryKey(),
  name: string(40),
}) {}

describeTargets("a factory of sessions", (target) => {
  it("makes sessions with its options and those of the call; infos are put together", async () => {
    const engine = await openEngine(target);
    const options = { autoflush: false, expireOnCommit: false, info: { from: "factory", kept: true } };
    const make = (
      target.mode === "sync" ? sessionmaker(engine as never, options) : asyncSessionmaker(engine, options)
    ) as ReturnType<typeof asyncSessionmaker>;
    const plain = make();
    const own = make({ autoflush: true, info: { from: "call" } });
    expect(plain).toBeInstanceOf(target.mode === "sync" ? Session : AsyncSession);
    expect([plain.info, own.info]).toEqual([
      { from: "factory", kept: true },
      { from: "call", kept: true },
    ]);
    const flags = [plain, own].map(({ core }) => [core.options.autoflush, core.options.expireOnCommit]);
    expect(flags).toEqual([
      [false, false],
      [true, false],
    ]);
    make.configure({ autoflush: true });
    expect([make().core.options.autoflush, plain.core.options.autoflush]).toEqual([true, false]);
    plain.info["from"] = "changed";
    expect(make().info["from"]).toBe("factory");
  });

  it("begins a block with a session: commits and closes it, or rolls it back", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const make = (target.mode === "sync" ? sessionmaker(engine as never) : asyncSessionmaker(engine)) as ReturnType<
      typeof asyncSessionmaker
    >;
    const kept = new Item({ name: "kept" });
    await make.begin((session) => session.add(kept) as never);
    const failed = async (): Promise<unknown> =>
      await make.begin((session) => {
        session.add(new Item({ name: "lost" }));
        throw new RangeError("of the program's");
      });
    await expect(failed()).rejects.toThrow(RangeError);
    expect(engine.pool.checkedOut()).toBe(0);
    const session = make();
    expect((await session.scalars(select(Item.c.name))).all()).toEqual(["kept"]);
    expect(session.has(kept)).toBe(false);
    await session.close();
  });
});
