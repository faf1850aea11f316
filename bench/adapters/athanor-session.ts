// What tracked sessions do, in both colours: awaiting a value that is there costs a sync session next to nothing in
// the workloads here; gets by key, where it would show, are each colour's own.
import { type AsyncSession, select, selectinload } from "athanor";
import { prepareStatement, StatementCache } from "../../src/compile/index.ts";
import { getDialect } from "../../src/dialect/index.ts";
import type { Contestant, Task } from "../contestant.ts";
import { changedAmount, type DatabaseName, entries } from "../schema.ts";
import {
  Author,
  Child,
  Customer,
  Entry,
  Order,
  OrderLine,
  Parent,
  Post,
  postsUpTo,
  Reading,
  reportOf,
} from "./athanor-models.ts";

export type OpenSession = () => AsyncSession;

export function sessionTasks(database: DatabaseName, open: OpenSession): Contestant["tasks"] {
  const rows = (size: number): Task => ({
    run: () => within(open, async (session) => (await session.scalars(postsUpTo(size))).all()),
  });
  return {
    "rows-10k": rows,
    "rows-100k": rows,
    stream: (size) => ({ run: () => within(open, (session) => stream(session, size)) }),
    hold: (size) => holding(open, size),
    eager: (size) => ({ run: () => within(open, (session) => eager(session, size)) }),
    "insert-flat": (size) => ({ run: () => within(open, (session) => insertFlat(session, size)) }),
    "insert-graph": (size) => ({ run: () => within(open, (session) => insertGraph(session, size)) }),
    update: (size) => changing(open, size, size),
    "flush-10k": (size) => changing(open, size, 1),
    "flush-100k": (size) => changing(open, size, 1),
    build: (size) => ({ run: () => build(database, size, new StatementCache(500)) }),
    "order-entry": () => ({ run: () => within(open, orderEntry) }),
  };
}

async function within<T>(open: OpenSession, work: (session: AsyncSession) => Promise<T>): Promise<T> {
  const session = open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function holding(open: OpenSession, size: number): Task {
  let session: AsyncSession | null = null;
  return {
    async run() {
      await session?.close();
      session = open();
      (await session.scalars(postsUpTo(size))).all();
      return session;
    },
    end: () => session?.close(),
  };
}

async function stream(session: AsyncSession, size: number): Promise<number> {
  let sum = 0;
  const statement = select(Reading).where(Reading.c.id.le(size));
  const result = await session.streamScalars(statement, undefined, { yieldPer: 1000 });
  for await (const objects of result.partitions()) for (const reading of objects) sum += reading.id;
  return sum;
}

async function eager(session: AsyncSession, size: number): Promise<unknown> {
  const statement = select(Author)
    .where(Author.c.id.le(size))
    .orderBy(Author.c.id)
    .options(selectinload(Author.c.posts).selectinload(Post.c.comments));
  return (await session.scalars(statement)).all();
}

async function insertFlat(session: AsyncSession, size: number): Promise<unknown> {
  const objects = entries(size).map((values) => new Entry(values));
  session.addAll(objects);
  await session.commit();
  return objects;
}

async function insertGraph(session: AsyncSession, size: number): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    const children = Array.from({ length: 10 }, (_, n) => new Child({ name: `child ${index}.${n}`, amount: n }));
    session.add(new Parent({ name: `parent ${index}`, children }));
  }
  await session.commit();
}

/** Loads `loaded` objects once; each run changes the first `changed` of them. */
async function changing(open: OpenSession, loaded: number, changed: number): Promise<Task> {
  const session = open();
  const objects = (await session.scalars(select(Entry).where(Entry.c.id.le(loaded)).orderBy(Entry.c.id))).all();
  await session.commit();
  let run = 0;
  return {
    async run() {
      run += 1;
      for (const entry of objects.slice(0, changed)) entry.amount = changedAmount(entry.id, run);
      await session.commit();
    },
    end: () => session.close(),
  };
}

/** The SQL of `size` statements that differ in a value. */
export function build(database: DatabaseName, size: number, cache: StatementCache | null): unknown {
  const dialect = getDialect(database);
  let text = "";
  for (let index = 0; index < size; index += 1) text = prepareStatement(reportOf(index), dialect, cache).compiled.sql;
  return text;
}

async function orderEntry(session: AsyncSession): Promise<void> {
  const statement = select(Customer)
    .where(Customer.c.id.eq(1))
    .options(selectinload(Customer.c.orders).selectinload(Order.c.lines));
  const customer = (await session.scalars(statement)).one();
  customer.balance += 30;
  for (const line of customer.orders[0]?.lines ?? []) line.quantity += line.id;
  const lines = [1, 2, 3].map((n) => new OrderLine({ product: `new product ${n}`, quantity: n, price: 10 }));
  customer.orders.at(-1)?.lines.pop();
  customer.orders.push(new Order({ status: "new", total: 30, lines }));
  await session.commit();
}
