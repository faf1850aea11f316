// What naked sessions cost beside the raw driver and beside tracked sessions: `node bench/naked.ts`.
// Each round measures all contestants one after the other, so that a busy machine disturbs them alike; the figures are
// medians of the rounds' ratios. PostgreSQL is started by the tests' own means, or taken from BENCH_POSTGRESQL_URL.
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import {
  type AsyncEngine,
  AsyncSession,
  bindparam,
  boolean,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  double,
  type Engine,
  insert,
  integer,
  select,
  Session,
  string,
  timestamp,
} from "../src/index.ts";
import { AsyncSessionFactory, SessionFactory } from "../src/naked.ts";
import { startPostgresql } from "../test/servers/postgresql.ts";

interface RawStatement {
  get(value: number): unknown;
  all(): readonly unknown[];
}
// the package brings no types
const Database = createRequire(import.meta.url)("better-sqlite3") as new (
  file: string,
  options: object,
) => { prepare(sql: string): RawStatement };

const ROUNDS = 15;
const ROWS = 10_000;
const STREAMED = 1_000_000;

const Base = declarativeBase();
class Item extends Base.mapped("bench_item", {
  id: integer().primaryKey(),
  name: string(40),
  amount: integer(),
  price: double(),
  active: boolean(),
  note: string(80).nullable(),
  madeAt: timestamp(),
  ownerId: integer(),
}) {}

const all = select(Item);
const byKey = select(Item).where(Item.c.id.eq(bindparam("id", integer())));
const rows = Array.from({ length: ROWS }, (_, index) => ({
  id: index + 1,
  name: `item ${index}`,
  amount: index % 100,
  price: index / 7,
  active: index % 3 === 0,
  note: index % 5 === 0 ? null : `a note on item ${index}`,
  madeAt: new Date(1.7e12 + index * 1000),
  ownerId: index % 50,
}));

/** Does some work `times` times; answers when it is done. */
type Contestant = (times: number) => void | Promise<void>;
type Contest = Readonly<Record<string, Contestant>> & { readonly raw: Contestant };

const columns = "id, name, amount, price, active, note, made_at, owner_id";

function mappedByHand(row: Readonly<Record<string, unknown>>): object {
  return {
    id: row["id"],
    name: row["name"],
    amount: row["amount"],
    price: row["price"],
    active: row["active"] === 1,
    note: row["note"],
    madeAt: new Date(`${(row["made_at"] as string).replace(" ", "T")}Z`),
    ownerId: row["owner_id"],
  };
}

function onSqlite(engine: Engine, file: string): Readonly<Record<string, Contest>> {
  const db = new Database(file, { readonly: true });
  const one = db.prepare(`SELECT ${columns} FROM bench_item WHERE id = ?`);
  const every = db.prepare(`SELECT ${columns} FROM bench_item`);
  const naked = new SessionFactory(engine).begin();
  const tracked = new Session(engine);
  const id = (index: number): number => (index % ROWS) + 1;
  return {
    "one row by key": {
      raw: repeat((index) => mappedByHand(one.get(id(index)) as never)),
      naked: repeat((index) => naked.scalar(byKey, { id: id(index) })),
      "naked, statement built each time": repeat((index) => naked.scalar(select(Item).where(Item.c.id.eq(id(index))))),
      tracked: repeat((index) => {
        tracked.expungeAll();
        return tracked.get(Item, id(index));
      }),
    },
    [`${ROWS} rows of 8 columns`]: {
      raw: repeat(() => every.all().map(mappedByHand as never)),
      naked: repeat(() => naked.scalars(all).all()),
      tracked: repeat(() => {
        tracked.expungeAll();
        return tracked.scalars(all).all();
      }),
    },
  };
}

async function onPostgresql(engine: AsyncEngine, url: string): Promise<Readonly<Record<string, Contest>>> {
  const client = new pg.Client(url);
  await client.connect();
  const naked = await new AsyncSessionFactory(engine).begin();
  const tracked = new AsyncSession(engine);
  const id = (index: number): number => (index % ROWS) + 1;
  return {
    "one row by key": {
      raw: repeatAsync((index) =>
        client.query({ name: "one", text: `SELECT ${columns} FROM bench_item WHERE id = $1`, values: [id(index)] }),
      ),
      naked: repeatAsync((index) => naked.scalar(byKey, { id: id(index) })),
      tracked: repeatAsync((index) => {
        tracked.expungeAll();
        return tracked.get(Item, id(index));
      }),
    },
    [`${ROWS} rows of 8 columns`]: {
      raw: repeatAsync(() => client.query({ name: "all", text: `SELECT ${columns} FROM bench_item` })),
      naked: repeatAsync(async () => (await naked.scalars(all)).all()),
      tracked: repeatAsync(async () => {
        tracked.expungeAll();
        return (await tracked.scalars(all)).all();
      }),
    },
  };
}

function repeat(work: (index: number) => unknown): Contestant {
  let index = 0;
  return (times) => {
    for (let n = 0; n < times; n += 1) work((index += 7));
  };
}

function repeatAsync(work: (index: number) => Promise<unknown>): Contestant {
  let index = 0;
  return async (times) => {
    for (let n = 0; n < times; n += 1) await work((index += 7));
  };
}

async function timed(contestant: Contestant, times: number): Promise<number> {
  const start = process.hrtime.bigint();
  await contestant(times);
  return Number(process.hrtime.bigint() - start) / times;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

async function run(
  where: string,
  contests: Readonly<Record<string, Contest>>,
  times: readonly number[],
): Promise<void> {
  for (const [place, [what, contest]] of Object.entries(contests).entries()) {
    const names = Object.keys(contest);
    const measured = names.map((): number[] => []);
    for (let round = -3; round < ROUNDS; round += 1) {
      for (const [index, name] of names.entries()) {
        const duration = await timed(contest[name] as Contestant, times[place] ?? 1);
        if (round >= 0) measured[index]?.push(duration);
      }
    }
    const [raw = []] = measured;
    for (const [index, name] of names.entries()) {
      const own = measured[index] ?? [];
      const ratio = median(own.map((duration, round) => (raw[round] as number) / duration));
      console.log(`${where}, ${what}: ${name} ${(median(own) / 1000).toFixed(1)} µs, ${ratio.toFixed(2)} × raw`);
    }
  }
}

async function streamed(engine: AsyncEngine): Promise<void> {
  const many = select(Item).join(Numbers, Numbers.c.n.le(STREAMED / ROWS));
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let highest = before;
  let count = 0;
  await using session = await new AsyncSessionFactory(engine).begin();
  for await (const objects of (await session.stream(many, undefined, { yieldPer: 1000 })).scalars().partitions()) {
    count += objects.length;
    if (count % 50_000 === 0) highest = Math.max(highest, process.memoryUsage().rss);
  }
  console.log(
    `${engine.name}, ${count} rows streamed: memory grew by ${((highest - before) / 2 ** 20).toFixed(0)} MB at most`,
  );
}

class Numbers extends Base.mapped("bench_number", { n: integer().primaryKey() }) {}

async function fill(engine: AsyncEngine): Promise<void> {
  await Base.metadata.dropAll(engine);
  await Base.metadata.createAll(engine);
  await engine.execute(insert(Item), rows);
  await engine.execute(
    insert(Numbers),
    Array.from({ length: STREAMED / ROWS }, (_, index) => ({ n: index + 1 })),
  );
}

const folder = mkdtempSync(join(tmpdir(), "athanor-bench-"));
const sqliteUrl = `sqlite+better-sqlite3:///${join(folder, "bench.db")}`;
const asyncSqlite = createAsyncEngine(sqliteUrl);
await fill(asyncSqlite);
await run("sqlite", onSqlite(createEngine(sqliteUrl), join(folder, "bench.db")), [2000, 2]);
await streamed(asyncSqlite);
await asyncSqlite.dispose();
rmSync(folder, { recursive: true });

const server = process.env["BENCH_POSTGRESQL_URL"] === undefined ? await startPostgresql() : null;
const url = process.env["BENCH_POSTGRESQL_URL"] ?? server?.url ?? "";
const postgresql = createAsyncEngine(url);
await fill(postgresql);
await run("postgresql", await onPostgresql(postgresql, url), [300, 2]);
await streamed(postgresql);
await Base.metadata.dropAll(postgresql);
await server?.stop();
process.exit();
