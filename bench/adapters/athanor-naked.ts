// Naked sessions: async on PostgreSQL; on SQLite sync, which is their quickest form there.
import { bindparam, createAsyncEngine, createEngine, deleteFrom, insert, integer, select, update } from "athanor";
import { AsyncSessionFactory, type AsyncNakedSession, SessionFactory } from "athanor/naked";
import { type Adapter, grouped, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, entries, ORDERS } from "../schema.ts";
import {
  Author,
  Child,
  Comment,
  Counter,
  Customer,
  Entry,
  Order,
  OrderLine,
  Parent,
  Post,
  postsUpTo,
  Reading,
} from "./athanor-models.ts";
import { athanorUrl, sqliteDriver } from "./athanor-tracked.ts";

const postByKey = select(Post).where(Post.c.id.eq(bindparam("id", integer())));
const changeAmount = update(Entry)
  .where(Entry.c.id.eq(bindparam("key", integer())))
  .values({ amount: bindparam("changed", integer()) });

export const athanorNaked: Adapter = {
  name: "Athanor, naked",
  package: null,
  databases: ["postgresql", "sqlite"],
  open(database, url) {
    const options = { poolSize: IN_FLIGHT, maxOverflow: IN_FLIGHT };
    const engine =
      database === "sqlite"
        ? createEngine(athanorUrl(database, url), sqliteDriver)
        : createAsyncEngine(athanorUrl(database, url), options);
    // both answer to the same calls, and awaiting a value is harmless
    const sessions = (engine.mode === "sync"
      ? new SessionFactory(engine)
      : new AsyncSessionFactory(engine)) as unknown as AsyncSessionFactory;
    const rows = (size: number): Task => ({
      run: () => within(sessions, async (session) => (await session.scalars(postsUpTo(size))).all()),
    });
    const changing = (size: number): Task => {
      let run = 0;
      return { run: () => within(sessions, (session) => change(session, size, (run += 1))) };
    };
    const inParallel = {
      "get-16": (size: number) => getOverSessions(sessions, size),
      request: (size: number) => ({ run: () => inFlight(size, (index) => request(sessions, (index % IN_FLIGHT) + 1)) }),
    };
    return {
      tasks: {
        get: async (size) => getOneByOne(await sessions.begin(), size, database === "sqlite"),
        ...(database === "postgresql" ? inParallel : {}),
        "rows-10k": rows,
        "rows-100k": rows,
        stream: (size) => ({ run: () => within(sessions, (session) => stream(session, size)) }),
        eager: (size) => ({ run: () => within(sessions, (session) => eager(session, size)) }),
        "insert-flat": (size) => ({ run: () => within(sessions, (session) => insertFlat(session, size)) }),
        "insert-graph": (size) => ({ run: () => within(sessions, (session) => insertGraph(session, size)) }),
        update: changing,
        "flush-10k": () => changing(1),
        "flush-100k": () => changing(1),
        "order-entry": () => ({ run: () => within(sessions, orderEntry) }),
      },
      close: () => engine.dispose(),
    };
  },
};

/** As `begin(fn)`, which in the sync form takes functions that do not wait. */
async function within<T>(sessions: AsyncSessionFactory, work: (session: AsyncNakedSession) => Promise<T>): Promise<T> {
  const session = await sessions.begin();
  try {
    const answer = await work(session);
    await session.commit();
    return answer;
  } finally {
    await session.close();
  }
}

function getOneByOne(session: AsyncNakedSession, size: number, answersAtOnce: boolean): Task {
  const one = (index: number): unknown => session.scalar(postByKey, { id: keyOf(index) });
  return {
    run() {
      if (!answersAtOnce) return awaited();
      let last: unknown;
      for (let index = 0; index < size; index += 1) last = one(index);
      return last;
    },
    end: () => session.close(),
  };
  async function awaited(): Promise<unknown> {
    let last: unknown;
    for (let index = 0; index < size; index += 1) last = await one(index);
    return last;
  }
}

async function getOverSessions(sessions: AsyncSessionFactory, size: number): Promise<Task> {
  const open = await Promise.all(Array.from({ length: IN_FLIGHT }, () => sessions.begin()));
  return {
    run: () => inFlight(size, async (index) => open[index % IN_FLIGHT]?.scalar(postByKey, { id: keyOf(index) })),
    end: async () => void (await Promise.all(open.map((session) => session.close()))),
  };
}

async function stream(session: AsyncNakedSession, size: number): Promise<number> {
  let sum = 0;
  const result = await session.stream(select(Reading).where(Reading.c.id.le(size)), undefined, { yieldPer: 1000 });
  for await (const objects of result.scalars().partitions()) for (const reading of objects) sum += reading.id;
  return sum;
}

async function eager(session: AsyncNakedSession, size: number): Promise<unknown> {
  const authors = (await session.scalars(select(Author).where(Author.c.id.le(size)).orderBy(Author.c.id))).all();
  const ids = (rows: readonly { id: number }[]): number[] => rows.map((row) => row.id);
  const posts = (await session.scalars(select(Post).where(Post.c.authorId.in(ids(authors))))).all();
  const comments = (await session.scalars(select(Comment).where(Comment.c.postId.in(ids(posts))))).all();
  const ofPosts = grouped(comments, (row) => row.postId);
  const ofAuthors = grouped(
    posts.map((row) => ({ ...row, comments: ofPosts.get(row.id) ?? [] })),
    (row) => row.authorId,
  );
  return authors.map((row) => ({ ...row, posts: ofAuthors.get(row.id) ?? [] }));
}

async function insertFlat(session: AsyncNakedSession, size: number): Promise<unknown> {
  return (await session.scalars(insert(Entry).returning(Entry), entries(size))).all();
}

async function insertGraph(session: AsyncNakedSession, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => ({ name: `parent ${index}` }));
  const ids = (await session.scalars(insert(Parent).returning(Parent.c.id), names)).all();
  const children = ids.flatMap((parentId, parent) =>
    Array.from({ length: 10 }, (_, n) => ({ parentId, name: `child ${parent}.${n}`, amount: n })),
  );
  await session.execute(insert(Child), children);
}

async function change(session: AsyncNakedSession, size: number, run: number): Promise<void> {
  const changes = Array.from({ length: size }, (_, index) => ({
    key: index + 1,
    changed: changedAmount(index + 1, run),
  }));
  await session.execute(changeAmount, changes);
}

async function request(sessions: AsyncSessionFactory, id: number): Promise<void> {
  await within(sessions, async (session) => {
    const counter = await session.scalar(select(Counter).where(Counter.c.id.eq(id)));
    await session.execute(
      update(Counter)
        .where(Counter.c.id.eq(id))
        .values({ hits: (counter?.hits ?? 0) + 1 }),
    );
  });
}

async function orderEntry(session: AsyncNakedSession): Promise<void> {
  const customer = await session.scalar(select(Customer).where(Customer.c.id.eq(1)));
  const orders = (await session.scalars(select(Order).where(Order.c.customerId.eq(1)).orderBy(Order.c.id))).all();
  const ids = orders.map((order) => order.id);
  const ofOrders = select(OrderLine).where(OrderLine.c.orderId.in(ids)).orderBy(OrderLine.c.id);
  const lines = (await session.scalars(ofOrders)).all();
  await session.execute(
    update(Customer)
      .where(Customer.c.id.eq(1))
      .values({ balance: (customer?.balance ?? 0) + 30 }),
  );
  await session.execute(
    update(OrderLine)
      .where(OrderLine.c.id.eq(bindparam("key", integer())))
      .values({ quantity: bindparam("changed", integer()) }),
    lines.filter((line) => line.orderId === ids[0]).map((line) => ({ key: line.id, changed: line.quantity + line.id })),
  );
  const order = insert(Order).values({ customerId: 1, status: "new", total: 30 }).returning(Order.c.id);
  const orderId = (await session.scalar(order)) ?? 0;
  await session.execute(
    insert(OrderLine),
    [1, 2, 3].map((n) => ({ orderId, product: `new product ${n}`, quantity: n, price: 10 })),
  );
  const last = lines.findLast((line) => line.orderId === ids[ORDERS - 1]);
  await session.execute(deleteFrom(OrderLine).where(OrderLine.c.id.eq(last?.id ?? 0)));
}
