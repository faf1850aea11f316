// Kysely over `pg` and better-sqlite3. What SQLite has no type for is mapped by hand, as its users do.
import Database from "better-sqlite3";
import { type Generated, Kysely, PostgresDialect, SqliteDialect } from "kysely";
import pg from "pg";
import Cursor from "pg-cursor";
import { type Adapter, type Contestant, grouped, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, type DatabaseName, entries, ORDERS } from "../schema.ts";

interface Tables {
  authors: { id: number; name: string; email: string; karma: number };
  posts: {
    id: number;
    author_id: number;
    title: string;
    body: string;
    score: number;
    rating: number;
    published: boolean | number;
    created_at: Date | string;
  };
  comments: { id: number; post_id: number; commenter: string; body: string };
  tags: { id: number; name: string };
  post_tags: { post_id: number; tag_id: number };
  readings: { id: number; device: number; value: number; note: string };
  entries: {
    id: Generated<number>;
    name: string;
    amount: number;
    price: number;
    active: boolean | number;
    note: string | null;
  };
  parents: { id: Generated<number>; name: string };
  children: { id: Generated<number>; parent_id: number; name: string; amount: number };
  counters: { id: number; name: string; hits: number };
  customers: { id: number; name: string; balance: number };
  orders: { id: Generated<number>; customer_id: number; status: string; total: number };
  order_lines: { id: Generated<number>; order_id: number; product: string; quantity: number; price: number };
}

type Db = Kysely<Tables>;

export const kysely: Adapter = { name: "Kysely", package: "kysely", databases: ["postgresql", "sqlite"], open };

function dialectFor(database: DatabaseName, url: string): PostgresDialect | SqliteDialect {
  if (database === "sqlite") return new SqliteDialect({ database: new Database(url) });
  return new PostgresDialect({ pool: new pg.Pool({ connectionString: url, max: IN_FLIGHT }), cursor: Cursor });
}

const postColumns = [
  "id",
  "author_id as authorId",
  "title",
  "body",
  "score",
  "rating",
  "published",
  "created_at as createdAt",
] as const;

interface StoredPost {
  readonly published: boolean | number;
  readonly createdAt: Date | string;
}

function open(database: DatabaseName, url: string): Contestant {
  const db: Db = new Kysely<Tables>({ dialect: dialectFor(database, url) });
  const toPost = <T extends StoredPost>(row: T): T =>
    database === "postgresql"
      ? row
      : { ...row, published: row.published === 1, createdAt: new Date(`${String(row.createdAt).replace(" ", "T")}Z`) };
  const get = async (id: number): Promise<unknown> => {
    const row = await db.selectFrom("posts").select(postColumns).where("id", "=", id).executeTakeFirstOrThrow();
    return toPost(row);
  };
  const rows = (size: number): Task => ({
    run: async () =>
      (await db.selectFrom("posts").select(postColumns).where("id", "<=", size).orderBy("id").execute()).map(toPost),
  });
  const changing = (size: number): Task => {
    let run = 0;
    return { run: () => db.transaction().execute((tx) => change(tx, size, (run += 1))) };
  };
  const inParallel: Contestant["tasks"] = {
    "get-16": (size) => ({ run: () => inFlight(size, (index) => get(keyOf(index))) }),
    request: (size) => ({ run: () => inFlight(size, (index) => request(db, (index % IN_FLIGHT) + 1)) }),
  };
  return {
    tasks: {
      get: (size) => ({
        async run() {
          let last: unknown;
          for (let index = 0; index < size; index += 1) last = await get(keyOf(index));
          return last;
        },
      }),
      ...(database === "postgresql" ? inParallel : {}),
      "rows-10k": rows,
      "rows-100k": rows,
      stream: (size) => ({ run: () => stream(db, size) }),
      eager: (size) => ({ run: () => eager(db, size, toPost) }),
      "insert-flat": (size) => ({ run: () => db.transaction().execute((tx) => insertFlat(tx, size, database)) }),
      "insert-graph": (size) => ({ run: () => db.transaction().execute((tx) => insertGraph(tx, size)) }),
      update: changing,
      "flush-10k": () => changing(1),
      "flush-100k": () => changing(1),
      build: (size) => ({ run: () => build(db, size) }),
      "order-entry": () => ({ run: () => db.transaction().execute(orderEntry) }),
    },
    close: () => db.destroy(),
  };
}

async function stream(db: Db, size: number): Promise<number> {
  let sum = 0;
  for await (const row of db.selectFrom("readings").selectAll().where("id", "<=", size).stream(1000)) sum += row.id;
  return sum;
}

async function eager(db: Db, size: number, toPost: <T extends StoredPost>(row: T) => T): Promise<unknown> {
  const authors = await db.selectFrom("authors").selectAll().where("id", "<=", size).orderBy("id").execute();
  const ids = (rows: readonly { id: number }[]): number[] => rows.map((row) => row.id);
  const posts = await db.selectFrom("posts").select(postColumns).where("author_id", "in", ids(authors)).execute();
  const comments = await db
    .selectFrom("comments")
    .select(["id", "post_id as postId", "commenter", "body"])
    .where("post_id", "in", ids(posts))
    .execute();
  const ofPosts = grouped(comments, (row) => row.postId);
  const ofAuthors = grouped(
    posts.map((row) => ({ ...toPost(row), comments: ofPosts.get(row.id) ?? [] })),
    (row) => row.authorId,
  );
  return authors.map((row) => ({ ...row, posts: ofAuthors.get(row.id) ?? [] }));
}

async function insertFlat(db: Db, size: number, database: DatabaseName): Promise<unknown[]> {
  const made: unknown[] = [];
  const all = entries(size);
  for (let start = 0; start < size; start += 1000) {
    const page = all.slice(start, start + 1000);
    const values = database === "sqlite" ? page.map((row) => ({ ...row, active: row.active ? 1 : 0 })) : page;
    const ids = await db.insertInto("entries").values(values).returning("id").execute();
    for (const [index, row] of page.entries()) made.push({ ...row, id: ids[index]?.id });
  }
  return made;
}

async function insertGraph(db: Db, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => ({ name: `parent ${index}` }));
  const parents = await db.insertInto("parents").values(names).returning("id").execute();
  const children = parents.flatMap(({ id }, parent) =>
    Array.from({ length: 10 }, (_, n) => ({ parent_id: id, name: `child ${parent}.${n}`, amount: n })),
  );
  for (let start = 0; start < children.length; start += 1000) {
    const page = children.slice(start, start + 1000);
    await db.insertInto("children").values(page).returning("id").execute();
  }
}

async function change(db: Db, size: number, run: number): Promise<void> {
  for (let id = 1; id <= size; id += 1) {
    await db
      .updateTable("entries")
      .set({ amount: changedAmount(id, run) })
      .where("id", "=", id)
      .execute();
  }
}

function build(db: Db, size: number): string {
  let text = "";
  for (let index = 0; index < size; index += 1) {
    text = db
      .selectFrom("authors")
      .innerJoin("posts", "posts.author_id", "authors.id")
      .innerJoin("post_tags", "post_tags.post_id", "posts.id")
      .innerJoin("tags", "tags.id", "post_tags.tag_id")
      .select(["authors.name", "posts.title", "tags.name as tag"])
      .where("authors.karma", ">", index)
      .where("posts.published", "=", true)
      .orderBy("posts.id", "desc")
      .limit(10)
      .compile().sql;
  }
  return text;
}

async function request(db: Db, id: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { hits } = await tx.selectFrom("counters").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
    await tx
      .updateTable("counters")
      .set({ hits: hits + 1 })
      .where("id", "=", id)
      .execute();
  });
}

async function orderEntry(db: Db): Promise<void> {
  const customer = await db.selectFrom("customers").selectAll().where("id", "=", 1).executeTakeFirstOrThrow();
  const orders = await db.selectFrom("orders").selectAll().where("customer_id", "=", 1).orderBy("id").execute();
  const ids = orders.map((order) => order.id);
  const lines = await db.selectFrom("order_lines").selectAll().where("order_id", "in", ids).orderBy("id").execute();
  await db
    .updateTable("customers")
    .set({ balance: customer.balance + 30 })
    .where("id", "=", 1)
    .execute();
  for (const line of lines.filter((line) => line.order_id === ids[0])) {
    await db
      .updateTable("order_lines")
      .set({ quantity: line.quantity + line.id })
      .where("id", "=", line.id)
      .execute();
  }
  const { id } = await db
    .insertInto("orders")
    .values({ customer_id: 1, status: "new", total: 30 })
    .returning("id")
    .executeTakeFirstOrThrow();
  const added = [1, 2, 3].map((n) => ({ order_id: id, product: `new product ${n}`, quantity: n, price: 10 }));
  await db.insertInto("order_lines").values(added).execute();
  const last = lines.findLast((line) => line.order_id === ids[ORDERS - 1]);
  await db
    .deleteFrom("order_lines")
    .where("id", "=", last?.id ?? 0)
    .execute();
}
