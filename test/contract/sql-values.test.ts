import { bigint, cast, insert, integer, MetaData, select, string, Table, update } from "athanor";
import { expect, it } from "vitest";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

const metadata = new MetaData();
const grains = new Table("grains", metadata, {
  id: integer().primaryKey(),
  weight: integer().nullable(),
  total: bigint().nullable(),
});

describeTargets("values given to INSERT and UPDATE", (target) => {
  it("are refused where the column cannot hold them, in values() as among the parameters", async () => {
    const engine = await openEngine(target);
    await metadata.createAll(engine);
    const statements = [
      () => engine.execute(insert(grains).values({ weight: 1.5 })),
      () => engine.execute(insert(grains), { weight: 1.5 }),
      () => engine.execute(insert(grains).values({ total: 0.5 as never })),
      () => engine.execute(update(grains).values({ weight: 2 ** 60 })),
    ];
    for (const statement of statements) await expect((async () => await statement())()).rejects.toThrow(/cannot take/);
    expect((await engine.execute(select(grains))).all()).toEqual([]);
  });
});

describeTargets("cast", (target) => {
  it("turns a value of one type into another", async () => {
    const engine = await openEngine(target);
    const result = await engine.execute(select(cast("12", integer()), cast(7, string(10))));
    expect(result.one()).toEqual([12, "7"]);
  });
});
