// Values of every kind: naked sessions read and insert them as tracked ones do, by generated readers and without.
import { aliased, bundle, insert, type Operand, select, update } from "athanor";
import { AsyncSessionFactory, SessionFactory, toInsert } from "athanor/naked";
import { expect, it } from "vitest";
import { Base, Day, Filled, Meter, Product, Sample, Ticket, Token, values } from "../orm/kinds.ts";
import { useOrm } from "../orm/open-orm.ts";
import { describeTargets } from "../../targets/index.ts";
import { errorOf } from "./shelf.ts";

const nothing = Object.fromEntries(Object.keys(values).map((key) => [key, null]));

for (const jit of [true, false]) {
  describeTargets(`values in naked sessions, ${jit ? "generated" : "interpreted"} readers`, (target) => {
    const orm = useOrm(target, Base, { jit });
    const open = async () =>
      await (target.mode === "sync"
        ? (new SessionFactory(orm.engine as never).begin() as never)
        : new AsyncSessionFactory(orm.engine).begin());

    it("of every kind are those of tracked sessions, wherever they stand in a statement", async () => {
      {
        await using session = await open();
        await session.execute(insert(Sample).values(toInsert(new Sample({ id: 1, ...structuredClone(values) }))));
        await session.execute(insert(Sample).values({ id: 2, ...nothing }));
        await session.commit();
      }
      const tracked = orm.session();
      const query = select(Sample).orderBy(Sample.c.id);
      const expected = (await tracked.scalars(query)).all().map((sample) => ({ ...sample }));
      expect(expected).toEqual([
        { id: 1, ...values },
        { id: 2, ...nothing },
      ]);
      await tracked.close();
      await using naked = await open();
      const all = (await naked.scalars(query)).all();
      expect(all.map((sample) => ({ ...sample }))).toEqual(expected);
      const attributes = Object.entries(Sample.c as unknown as Readonly<Record<string, Operand>>);
      const columns = select(...attributes.map(([, column]) => column)).orderBy(Sample.c.id);
      expect((await naked.execute(columns)).all()).toEqual(expected.map((row) => Object.values(row)));
      const [flat] = (await naked.execute(query, undefined, { flat: true })).mappings().all();
      expect(flat).toEqual(expected[0]);
      const bundled = select(bundle("sample", ...attributes.map(([, column]) => column))).orderBy(Sample.c.id);
      expect((await naked.scalars(bundled)).all()).toEqual(expected);
      const inner = aliased(Sample, select(Sample).where(Sample.c.id.eq(1)).subquery());
      expect({ ...(await naked.scalar(select(inner))) }).toEqual(expected[0]);
      const named = aliased(Sample, select(Sample).cte("named"));
      expect({ ...(await naked.scalar(select(named).where(named.c.id.eq(2)))) }).toEqual(expected[1]);
      const union = select(Sample)
        .where(Sample.c.id.eq(1))
        .unionAll(select(Sample).where(Sample.c.id.eq(2)));
      const united = (await naked.scalars(union)).all().map((sample) => ({ ...sample }));
      expect(united.toSorted((left, right) => left.id - right.id)).toEqual(expected);
      const streamed: unknown[] = [];
      for await (const [sample] of await naked.stream(query, undefined, { yieldPer: 1 })) streamed.push({ ...sample });
      expect(streamed).toEqual(expected);
    });

    it("come back from RETURNING as they are read", async () => {
      await using session = await open();
      const made = insert(Sample)
        .values({ id: 1, ...structuredClone(values) })
        .returning(Sample);
      const [inserted] = (await session.scalars(made)).all();
      expect({ ...inserted }).toEqual({ id: 1, ...values });
      if (target.database === "mariadb") return;
      const [changed] = (await session.scalars(update(Sample).values(nothing).returning(Sample))).all();
      expect({ ...changed }).toEqual({ id: 1, ...nothing });
    });

    it("that an object was not given are left to defaults, in the order of the class", async () => {
      await using session = await open();
      const filled = new Filled({ name: "a" });
      expect(toInsert(filled)).toEqual({ name: "a" });
      await session.execute(insert(Filled).values(toInsert(filled)));
      const read = await session.scalar(select(Filled));
      expect(read).toMatchObject({ name: "a", constant: "made", shouted: "QUIET", byServer: 7, touched: "new" });
      expect(read?.counted).toBeGreaterThan(100);
      const again = { ...read, id: undefined };
      expect(toInsert(Object.assign(new Filled({}), again))).toEqual({
        name: "a",
        constant: "made",
        counted: read?.counted,
        shouted: "QUIET",
        byServer: 7,
        changes: read?.changes,
        touched: "new",
      });
    });

    it("are keys of every kind, and columns that the database computes", async () => {
      await using session = await open();
      const moment = new Date("2026-01-02T03:04:05.678Z");
      const objects = [
        new Token({ name: "made" }),
        new Meter({ id: 2n ** 60n + 1n, reading: 1 }),
        new Day({ at: moment, name: "d" }),
        new Ticket({ id: 4 }),
        new Product({ id: 1, price: 21 }),
      ];
      const [made] = objects as [Token];
      expect(made.id).toBeNull();
      const given = toInsert(made);
      expect(given).toEqual({ id: made.id, name: "made" });
      expect(toInsert(made)).toEqual(given);
      for (const object of objects)
        await session.execute(insert(object.constructor as typeof Token).values(toInsert(object) as never));
      const token = await session.scalar(select(Token));
      expect(token?.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(token?.id).toBe(made.id);
      expect(await session.scalar(select(Meter.c.id))).toBe(2n ** 60n + 1n);
      expect((await session.scalar(select(Day)))?.at).toEqual(moment);
      expect({ ...(await session.scalar(select(Ticket))) }).toEqual({ id: 4 });
      const product = await session.scalar(select(Product));
      expect({ ...product }).toEqual({ id: 1, price: 21, doubled: 42 });
      // what is computed is nothing to insert
      const again = Object.assign(product as Product, { id: 2, price: 5 });
      expect(toInsert(again)).toEqual({ id: 2, price: 5 });
      await session.execute(insert(Product).values(toInsert(again)));
      expect(await session.scalar(select(Product.c.doubled).where(Product.c.id.eq(2)))).toBe(10);
    });

    it("are refused where the column cannot hold them, before anything is sent", async () => {
      await using session = await open();
      orm.log();
      expect(await errorOf(() => session.execute(insert(Sample).values({ mood: "angry" as never })))).toMatchObject({
        code: "argu",
      });
      expect(orm.log()).toEqual([]);
    });
  });
}
