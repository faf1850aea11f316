// Every method of a naked session with every kind of statement: the rows, and that nothing else is sent (spec A2-10 … A2-21).
import {
  aliased,
  caseWhen,
  deleteFrom,
  except,
  type Executable,
  func,
  insert,
  integer,
  intersect,
  literal,
  MultipleResultsFound,
  NoResultFound,
  ResourceClosedError,
  select,
  string,
  text,
  union,
  unionAll,
  UnsupportedCompilationError,
  update,
} from "athanor";
import { insert as insertOnDuplicate } from "athanor/mysql";
import { insert as insertOnConflict } from "athanor/sqlite";
import { expect, it } from "vitest";
import { describeTargets, type Target } from "../../targets/index.ts";
import { errorOf, type Session, useShelf, Work, Writer } from "./shelf.ts";

const joinedAt = new Date("2026-01-02T03:04:05.678Z");
const alice = { id: 1, name: "Alice", active: true, joinedAt, notes: { tags: ["a"] } };
const bob = { id: 2, name: "Bob", active: false, joinedAt: null, notes: null };
const carol = { id: 3, name: "Carol", active: true, joinedAt: null, notes: null };
const furnaces = { id: 1, title: "On furnaces", writerId: 1 };
const salt = { id: 2, title: "On salt", writerId: 1 };
const anonymous = { id: 3, title: "Anonymous", writerId: null };
const made = { id: 4, title: "Made", writerId: 3 };

interface Kind {
  readonly statement: Executable;
  /** Of objects, their columns. */
  readonly rows: readonly (readonly unknown[])[];
  /** Databases without it. */
  readonly lacking?: readonly Target["database"][];
}

const writers = select(Writer).orderBy(Writer.c.id);
const other = aliased(Writer, "other");
const active = aliased(Writer, select(Writer).where(Writer.c.active.eq(true)).subquery("active_ones"));
const named = aliased(Writer, select(Writer).where(Writer.c.id.ge(2)).cte("named"));
const latest = aliased(
  Work,
  select(Work)
    .where(Work.c.writerId.eq(Writer.c.id))
    .orderBy(Work.c.id.desc())
    .limit(1)
    .correlate(Writer)
    .lateral("latest"),
);
const chain = select(Writer).where(Writer.c.id.eq(1)).cte("chain", { recursive: true });
const chained = aliased(Writer, chain.unionAll(select(Writer).join(chain, Writer.c.id.eq(chain.c.id.add(1)))));
const ones = select(literal(1).as("n")).cte("numbers", { recursive: true });
const numbers = ones.unionAll(select(ones.c.n.add(1)).where(ones.c.n.lt(3)));
const works = func.count(Work.c.id);
const title = select(func.max(Work.c.title)).where(Work.c.writerId.eq(Writer.c.id)).scalarSubquery();
const place = func.rowNumber().over({ orderBy: Writer.c.id.desc() });
const work = (id: number) => select(Work).where(Work.c.id.eq(id));
const byId = (id: number) => select(Writer).where(Writer.c.id.eq(id));

const upserted = insertOnConflict(Writer).values([
  { ...bob, name: "Robert" },
  { ...bob, id: 9, name: "Zoe" },
]);
const duplicate = insertOnDuplicate(Writer).values([
  { ...bob, name: "Robert" },
  { ...bob, id: 9, name: "Zoe" },
]);

const kinds: Readonly<Record<string, Kind>> = {
  "a class": { statement: writers, rows: [[alice], [bob], [carol]] },
  "one row": { statement: byId(2), rows: [[bob]] },
  "no row": { statement: byId(7), rows: [] },
  "columns and labels": {
    statement: select(Writer.c.name, Writer.c.id.mul(2).as("twice")).orderBy("twice").limit(2).offset(1),
    rows: [
      ["Bob", 4],
      ["Carol", 6],
    ],
  },
  "two classes and columns between them": {
    statement: select(Writer, Work.c.title, Work).join(Work, Work.c.writerId.eq(Writer.c.id)).orderBy(Work.c.id.desc()),
    rows: [
      [alice, "On salt", salt],
      [alice, "On furnaces", furnaces],
    ],
  },
  "the empty side of an outer join": {
    statement: select(Writer, Work)
      .outerJoin(Work, Work.c.writerId.eq(Writer.c.id))
      .where(Writer.c.id.ne(1))
      .orderBy(Writer.c.id),
    rows: [
      [bob, null],
      [carol, null],
    ],
  },
  "an alias beside its class": {
    statement: select(Writer, other)
      .join(other, other.c.id.eq(Writer.c.id.add(1)))
      .orderBy(other.c.id),
    rows: [
      [alice, bob],
      [bob, carol],
    ],
  },
  "a class read from a subquery": { statement: select(active).orderBy(active.c.id), rows: [[alice], [carol]] },
  "a class read from a CTE": { statement: select(named).orderBy(named.c.id), rows: [[bob], [carol]] },
  "a class read from a recursive CTE": {
    statement: select(chained).orderBy(chained.c.id),
    rows: [[alice], [bob], [carol]],
  },
  "a class beside a recursive CTE": {
    statement: select(numbers.c.n, Writer).join(Writer, Writer.c.id.eq(numbers.c.n)).orderBy(numbers.c.n),
    rows: [
      [1, alice],
      [2, bob],
      [3, carol],
    ],
  },
  "a class read from a lateral query": {
    statement: select(Writer, latest).selectFrom(Writer).join(latest, literal(1).eq(1)),
    rows: [[alice, salt]],
    lacking: ["sqlite", "mariadb"],
  },
  union: { statement: union(work(1), work(1), work(3)).orderBy(Work.c.id), rows: [[furnaces], [anonymous]] },
  "union all": { statement: unionAll(byId(2), byId(2)), rows: [[bob], [bob]] },
  intersect: { statement: intersect(select(Work), work(3)), rows: [[anonymous]] },
  except: { statement: except(select(Work), select(Work).where(Work.c.id.gt(1))), rows: [[furnaces]] },
  groups: {
    statement: select(Writer.c.active, works.as("works"))
      .outerJoin(Work, Work.c.writerId.eq(Writer.c.id))
      .groupBy(Writer.c.active)
      .having(works.gt(0)),
    rows: [[true, 2]],
  },
  "a subquery as a value": {
    statement: select(Writer, title.as("title")).where(Writer.c.id.lt(3)).orderBy(Writer.c.id),
    rows: [
      [alice, "On salt"],
      [bob, null],
    ],
  },
  "windows and cases": {
    statement: select(place.as("place"), Writer, caseWhen(Writer.c.id.gt(1), "late").else("early").as("when")).orderBy(
      Writer.c.id,
    ),
    rows: [
      [3, alice, "early"],
      [2, bob, "late"],
      [1, carol, "late"],
    ],
  },
  "text with columns": {
    statement: text("SELECT id, title FROM nk_work WHERE id < :below ORDER BY id")
      .columns({ id: integer(), title: string() })
      .bindparams({ below: 3 }),
    rows: [
      [1, "On furnaces"],
      [2, "On salt"],
    ],
  },
  "INSERT … RETURNING": {
    statement: insert(Work).values(made).returning(Work, Work.c.title),
    rows: [[made, "Made"]],
  },
  "INSERT … SELECT … RETURNING": {
    statement: insert(Work)
      .fromSelect(
        ["id", "title", "writerId"],
        select(literal(4), literal("Made", string()), Writer.c.id).where(Writer.c.id.eq(3)),
      )
      .returning(Work),
    rows: [[made]],
  },
  "UPDATE … RETURNING": {
    statement: update(Work)
      .where(Work.c.id.eq(3))
      .values({ title: Work.c.title.concat("?") })
      .returning(Work.c.id, Work),
    rows: [[3, { ...anonymous, title: "Anonymous?" }]],
    lacking: ["mariadb"],
  },
  "DELETE … RETURNING": {
    statement: deleteFrom(Work).where(Work.c.writerId.isNull()).returning(Work),
    rows: [[anonymous]],
  },
};

/** The rows of an answer, objects as their columns. */
function plainRows(rows: readonly unknown[]): readonly unknown[] {
  return rows.map((row) => (Array.isArray(row) ? row.map(plainValue) : plainValue(row)));
}

function plainValue(value: unknown): unknown {
  return value instanceof Writer || value instanceof Work ? { ...value } : value;
}

type Rows = Kind["rows"];
const heads = (rows: Rows): readonly unknown[] => rows.map(([head]) => head);

interface Method {
  /** Answers what is compared, in a list. */
  ask(session: Session, statement: Executable): Promise<readonly unknown[]>;
  expected(rows: Rows): readonly unknown[];
}

const methods: Readonly<Record<string, Method>> = {
  execute: { ask: async (session, statement) => (await session.execute(statement)).all(), expected: (rows) => rows },
  tuples: { ask: async (session, statement) => (await session.tuples(statement)).all(), expected: (rows) => rows },
  scalars: { ask: async (session, statement) => (await session.scalars(statement)).all(), expected: heads },
  scalar: {
    ask: async (session, statement) => [await session.scalar(statement)],
    expected: (rows) => [heads(rows)[0] ?? null],
  },
  first: {
    ask: async (session, statement) => [await session.first(statement)],
    expected: (rows) => [rows[0] ?? null],
  },
  one: {
    ask: async (session, statement) => {
      try {
        return [await session.one(statement)];
      } catch (error) {
        if (error instanceof NoResultFound || error instanceof MultipleResultsFound) return [error.code];
        throw error;
      }
    },
    expected: (rows) => [rows.length === 1 ? rows[0] : rows.length === 0 ? "nrow" : "mrow"],
  },
  stream: {
    ask: async (session, statement) => {
      const rows: unknown[] = [];
      for await (const row of await session.stream(statement, undefined, { yieldPer: 2 })) rows.push(row);
      return rows;
    },
    expected: (rows) => rows,
  },
};

describeTargets("statements of naked sessions", (target) => {
  const shelf = useShelf(target);
  const fill = async (): Promise<void> =>
    await shelf.run(insert(Writer).values([alice, bob, carol]), insert(Work).values([furnaces, salt, anonymous]));

  it.each(Object.entries(kinds))("%s", async (_name, { statement, rows, lacking }) => {
    await fill();
    const sent = new Set<string>();
    for (const { ask, expected } of Object.values(methods)) {
      await using session = await shelf.factory().begin();
      shelf.log();
      if (lacking?.includes(target.database) === true) {
        expect(await errorOf(() => session.execute(statement))).toBeInstanceOf(UnsupportedCompilationError);
        expect(shelf.log()).toEqual([]);
        continue;
      }
      expect(plainRows(await ask(session, statement))).toEqual(expected(rows));
      const log = shelf.log();
      expect(log).toHaveLength(1);
      sent.add(log[0] as string);
      await session.rollback();
      expect(shelf.log()).toEqual([]);
    }
    expect(sent.size).toBe(lacking?.includes(target.database) === true ? 0 : 1);
  });

  it("of upserts give what the database has in the end, one by one and as a list", async () => {
    await fill();
    const rows = [[{ ...bob, name: "Robert" }], [{ ...bob, id: 9, name: "Zoe" }]];
    const statement =
      target.database === "mariadb"
        ? duplicate.onDuplicateKeyUpdate({ name: duplicate.inserted.name }).returning(Writer)
        : upserted
            .onConflictDoUpdate({ indexElements: ["id"], set: { name: upserted.excluded.name } })
            .returning(Writer);
    for (const { ask, expected } of Object.values(methods)) {
      await using session = await shelf.factory().begin();
      shelf.log();
      expect(plainRows(await ask(session, statement))).toEqual(expected(rows));
      expect(shelf.log()).toHaveLength(1);
    }
    const bare = insertOnConflict(Writer);
    const bareDuplicate = insertOnDuplicate(Writer);
    const listed =
      target.database === "mariadb"
        ? bareDuplicate.onDuplicateKeyUpdate({ name: bareDuplicate.inserted.name }).returning(Writer)
        : bare.onConflictDoUpdate({ indexElements: ["id"], set: { name: bare.excluded.name } }).returning(Writer);
    await using session = await shelf.factory().begin();
    const sets = [
      { ...bob, name: "Robert" },
      { ...bob, id: 9, name: "Zoe" },
    ];
    expect(plainRows((await session.execute(listed, sets)).all())).toEqual(rows);
  });

  it("that give no rows give a count, and say so to who asks for rows", async () => {
    await fill();
    const statements: readonly (readonly [Executable, number])[] = [
      [insert(Work).values(made), 1],
      [update(Work).values({ title: "x" }), 3],
      [deleteFrom(Work).where(Work.c.writerId.eq(1)), 2],
      [insert(Work).values([made, { ...made, id: 5 }]), 2],
    ];
    for (const [statement, count] of statements) {
      {
        await using session = await shelf.factory().begin();
        shelf.log();
        const result = await session.execute(statement);
        expect([result.rowcount, result.returnsRows, result.keys()]).toEqual([count, false, []]);
        expect(shelf.log()).toHaveLength(1);
      }
      for (const [name, { ask }] of Object.entries(methods)) {
        await using session = await shelf.factory().begin();
        expect(await errorOf(() => ask(session, statement)), name).toBeInstanceOf(ResourceClosedError);
      }
    }
  });

  it("with a list of parameters are sent in few, and give rows for all where they return any", async () => {
    const sets = Array.from({ length: 30 }, (_, index) => ({ id: index + 1, title: `t${index}`, writerId: null }));
    await using session = await shelf.factory().begin();
    shelf.log();
    const result = await session.execute(insert(Work).returning(Work), sets);
    expect(plainRows(result.all())).toEqual(sets.map((set) => [set]));
    expect(shelf.log().every((sql) => sql.startsWith("INSERT"))).toBe(true);
    shelf.log();
    expect((await session.execute(insert(Work), [])).rowcount).toBe(0);
    expect(shelf.log()).toEqual([]);
  });

  it("come in pieces of the size that an execution says, also when all rows are there", async () => {
    await fill();
    await using session = await shelf.factory().begin();
    const sizes = async (result: {
      partitions(): AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>;
    }) => {
      const all: number[] = [];
      for await (const piece of result.partitions()) all.push(piece.length);
      return all;
    };
    expect(await sizes(await session.execute(writers, undefined, { yieldPer: 2 }))).toEqual([2, 1]);
    expect(await sizes(await session.execute(writers.executionOptions({ yieldPer: 1 })))).toEqual([1, 1, 1]);
    expect(await sizes(await session.stream(writers, undefined, { yieldPer: 2 }))).toEqual([2, 1]);
    expect(await sizes(await session.execute(writers))).toEqual([3]);
  });
});
