// Drizzle as its guides write it: queries are built anew each time.
import Database from "better-sqlite3";
import { and, asc, desc, eq, gt, inArray, lte } from "drizzle-orm";
import { drizzle as sqliteDrizzle } from "drizzle-orm/better-sqlite3";
import { drizzle as pgDrizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import { type Adapter, type Contestant, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, type DatabaseName, entries, ORDERS } from "../schema.ts";
import { drizzleSchema, type DrizzleTables, drizzleTables } from "./drizzle-tables.ts";

type Schema = ReturnType<typeof drizzleSchema>;
export type DrizzleDb = NodePgDatabase<Schema>;

export interface OpenDrizzle {
  readonly db: DrizzleDb;
  readonly tables: DrizzleTables;
  /**
   * Drizzle's transactions on better-sqlite3 take functions that do not wait, so that queries of one body for both
   * databases cannot stand in them; there the statements BEGIN and COMMIT are sent, which cost the same.
   */
  inTransaction<T>(work: (db: DrizzleDb) => Promise<T>): Promise<T>;
  close(): unknown;
}

export function openDrizzle(database: DatabaseName, url: string): OpenDrizzle {
  const tables = drizzleTables(database);
  const schema = drizzleSchema(tables);
  if (database === "postgresql") {
    const pool = new pg.Pool({ connectionString: url, max: IN_FLIGHT });
    const db = pgDrizzle(pool, { schema });
    return { db, tables, inTransaction: (work) => db.transaction((tx) => work(tx)), close: () => pool.end() };
  }
  const client = new Database(url);
  const db = sqliteDrizzle(client, { schema: schema as never }) as unknown as DrizzleDb;
  return {
    db,
    tables,
    async inTransaction(work) {
      client.exec("BEGIN");
      const answer = await work(db);
      client.exec("COMMIT");
      return answer;
    },
    close: () => client.close(),
  };
}

export const drizzle: Adapter = {
  name: "Drizzle",
  package: "drizzle-orm",
  databases: ["postgresql", "sqlite"],
  lacks: { stream: "it does not stream" },
  open,
};

function open(database: DatabaseName, url: string): Contestant {
  const opened = openDrizzle(database, url);
  const { db, tables, inTransaction } = opened;
  const { authors, posts } = tables;
  const get = async (index: number): Promise<unknown> =>
    (
      await db
        .select()
        .from(posts)
        .where(eq(posts.id, keyOf(index)))
    )[0];
  const rows = (size: number): Task => ({
    run: async () => db.select().from(posts).where(lte(posts.id, size)).orderBy(asc(posts.id)),
  });
  const changing = (size: number): Task => {
    let run = 0;
    return { run: () => inTransaction((tx) => change(tx, tables, size, (run += 1))) };
  };
  const inParallel: Contestant["tasks"] = {
    "get-16": (size) => ({ run: () => inFlight(size, get) }),
    request: (size) => ({ run: () => inFlight(size, (index) => request(opened, (index % IN_FLIGHT) + 1)) }),
  };
  return {
    tasks: {
      get: (size) => ({
        async run() {
          let last: unknown;
          for (let index = 0; index < size; index += 1) last = await get(index);
          return last;
        },
      }),
      ...(database === "postgresql" ? inParallel : {}),
      "rows-10k": rows,
      "rows-100k": rows,
      eager: (size) => ({
        run: async () =>
          db.query.authors.findMany({
            where: lte(authors.id, size),
            orderBy: asc(authors.id),
            with: { posts: { with: { comments: true } } },
          }),
      }),
      "insert-flat": (size) => ({ run: () => inTransaction((tx) => insertFlat(tx, tables, size)) }),
      "insert-graph": (size) => ({ run: () => inTransaction((tx) => insertGraph(tx, tables, size)) }),
      update: changing,
      "flush-10k": () => changing(1),
      "flush-100k": () => changing(1),
      build: (size) => ({ run: () => build(db, tables, size) }),
      "order-entry": () => ({ run: () => inTransaction((tx) => orderEntry(tx, tables)) }),
    },
    close: async () => void (await opened.close()),
  };
}

async function insertFlat(db: DrizzleDb, { entries: table }: DrizzleTables, size: number): Promise<unknown[]> {
  const made: unknown[] = [];
  const all = entries(size);
  for (let start = 0; start < size; start += 1000) {
    const page = all.slice(start, start + 1000);
    const ids = await db.insert(table).values(page).returning({ id: table.id });
    for (const [index, row] of page.entries()) made.push({ ...row, id: ids[index]?.id });
  }
  return made;
}

async function insertGraph(db: DrizzleDb, { parents, children }: DrizzleTables, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => ({ name: `parent ${index}` }));
  const made = await db.insert(parents).values(names).returning({ id: parents.id });
  const all = made.flatMap(({ id }, parent) =>
    Array.from({ length: 10 }, (_, n) => ({ parentId: id, name: `child ${parent}.${n}`, amount: n })),
  );
  for (let start = 0; start < all.length; start += 1000) {
    await db
      .insert(children)
      .values(all.slice(start, start + 1000))
      .returning({ id: children.id });
  }
}

async function change(db: DrizzleDb, { entries: table }: DrizzleTables, size: number, run: number): Promise<void> {
  for (let id = 1; id <= size; id += 1) {
    await db
      .update(table)
      .set({ amount: changedAmount(id, run) })
      .where(eq(table.id, id));
  }
}

function build(db: DrizzleDb, { authors, posts, postTags, tags }: DrizzleTables, size: number): string {
  let text = "";
  for (let index = 0; index < size; index += 1) {
    text = db
      .select({ name: authors.name, title: posts.title, tag: tags.name })
      .from(authors)
      .innerJoin(posts, eq(posts.authorId, authors.id))
      .innerJoin(postTags, eq(postTags.postId, posts.id))
      .innerJoin(tags, eq(tags.id, postTags.tagId))
      .where(and(gt(authors.karma, index), eq(posts.published, true)))
      .orderBy(desc(posts.id))
      .limit(10)
      .toSQL().sql;
  }
  return text;
}

async function request({ inTransaction, tables: { counters } }: OpenDrizzle, id: number): Promise<void> {
  await inTransaction(async (tx) => {
    const [counter] = await tx.select().from(counters).where(eq(counters.id, id));
    await tx
      .update(counters)
      .set({ hits: (counter?.hits ?? 0) + 1 })
      .where(eq(counters.id, id));
  });
}

async function orderEntry(db: DrizzleDb, { customers, orders, orderLines }: DrizzleTables): Promise<void> {
  const [customer] = await db.select().from(customers).where(eq(customers.id, 1));
  const own = await db.select().from(orders).where(eq(orders.customerId, 1)).orderBy(asc(orders.id));
  const ids = own.map((order) => order.id);
  const lines = await db.select().from(orderLines).where(inArray(orderLines.orderId, ids)).orderBy(asc(orderLines.id));
  await db
    .update(customers)
    .set({ balance: (customer?.balance ?? 0) + 30 })
    .where(eq(customers.id, 1));
  for (const line of lines.filter((line) => line.orderId === ids[0])) {
    await db
      .update(orderLines)
      .set({ quantity: line.quantity + line.id })
      .where(eq(orderLines.id, line.id));
  }
  const [order] = await db
    .insert(orders)
    .values({ customerId: 1, status: "new", total: 30 })
    .returning({ id: orders.id });
  const orderId = order?.id ?? 0;
  await db
    .insert(orderLines)
    .values([1, 2, 3].map((n) => ({ orderId, product: `new product ${n}`, quantity: n, price: 10 })));
  const last = lines.findLast((line) => line.orderId === ids[ORDERS - 1]);
  await db.delete(orderLines).where(eq(orderLines.id, last?.id ?? 0));
}
