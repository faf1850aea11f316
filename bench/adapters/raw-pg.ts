// `pg` with named statements, its own object rows, and collections put together by hand.
import pg from "pg";
import Cursor from "pg-cursor";
import { type Adapter, type Contestant, grouped, IN_FLIGHT, inFlight, keyOf } from "../contestant.ts";
import { changedAmount, type EntryInput, entries, ORDERS } from "../schema.ts";

const post = `id, author_id AS "authorId", title, body, score, rating, published, created_at AS "createdAt"`;
const q = (name: string, text: string, values: unknown[] = []): pg.QueryConfig => ({ name, text, values });

interface Keyed {
  readonly id: number;
}

export const rawPg: Adapter = { name: "pg", package: "pg", databases: ["postgresql"], open };

function open(_: string, url: string): Contestant {
  const pool = new pg.Pool({ connectionString: url, max: IN_FLIGHT });
  const get = async (id: number): Promise<unknown> =>
    (await pool.query(q("post", `SELECT ${post} FROM posts WHERE id = $1`, [id]))).rows[0];
  const rows = async (count: number): Promise<unknown[]> =>
    (await pool.query(q("posts", `SELECT ${post} FROM posts WHERE id <= $1 ORDER BY id`, [count]))).rows;
  return {
    tasks: {
      get: (size) => ({
        async run() {
          let last: unknown;
          for (let index = 0; index < size; index += 1) last = await get(keyOf(index));
          return last;
        },
      }),
      "get-16": (size) => ({ run: () => inFlight(size, (index) => get(keyOf(index))) }),
      "rows-10k": (size) => ({ run: () => rows(size) }),
      "rows-100k": (size) => ({ run: () => rows(size) }),
      stream: (size) => ({ run: () => stream(pool, size) }),
      eager: (size) => ({ run: () => eager(pool, size) }),
      "insert-flat": (size) => ({ run: () => inTransaction(pool, (client) => insertFlat(client, entries(size))) }),
      "insert-graph": (size) => ({ run: () => inTransaction(pool, (client) => insertGraph(client, size)) }),
      update: (size) => ({ run: counted((run) => inTransaction(pool, (client) => update(client, size, run))) }),
      "flush-10k": () => ({ run: counted((run) => inTransaction(pool, (client) => update(client, 1, run))) }),
      "flush-100k": () => ({ run: counted((run) => inTransaction(pool, (client) => update(client, 1, run))) }),
      request: (size) => ({ run: () => inFlight(size, (index) => request(pool, (index % IN_FLIGHT) + 1)) }),
      "order-entry": () => ({ run: () => inTransaction(pool, orderEntry) }),
    },
    close: () => pool.end(),
  };
}

function counted(work: (run: number) => Promise<unknown>): () => Promise<unknown> {
  let run = 0;
  return () => work((run += 1));
}

async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const answer = await work(client);
    await client.query("COMMIT");
    return answer;
  } finally {
    client.release();
  }
}

async function stream(pool: pg.Pool, size: number): Promise<number> {
  const client = await pool.connect();
  const cursor = client.query(new Cursor<Keyed>("SELECT id, device, value, note FROM readings WHERE id <= $1", [size]));
  let sum = 0;
  for (;;) {
    const rows = await cursor.read(1000);
    if (rows.length === 0) break;
    for (const row of rows) sum += row.id;
  }
  await cursor.close();
  client.release();
  return sum;
}

async function eager(pool: pg.Pool, size: number): Promise<unknown> {
  const authors = await pool.query(
    q("authors", "SELECT id, name, email, karma FROM authors WHERE id <= $1 ORDER BY id", [size]),
  );
  const ids = (rows: readonly Keyed[]): number[] => rows.map((row) => row.id);
  const posts = await pool.query(
    q("of-authors", `SELECT ${post} FROM posts WHERE author_id = ANY($1)`, [ids(authors.rows)]),
  );
  const comments = await pool.query(
    q("of-posts", `SELECT id, post_id AS "postId", commenter, body FROM comments WHERE post_id = ANY($1)`, [
      ids(posts.rows),
    ]),
  );
  const ofPosts = grouped(comments.rows as { postId: number }[], (row) => row.postId);
  for (const row of posts.rows as (Keyed & { comments: unknown })[]) row.comments = ofPosts.get(row.id) ?? [];
  const ofAuthors = grouped(posts.rows as { authorId: number }[], (row) => row.authorId);
  for (const row of authors.rows as (Keyed & { posts: unknown })[]) row.posts = ofAuthors.get(row.id) ?? [];
  return authors.rows;
}

const written = new Map<string, string>();

/** The placeholders of `rows` rows of `width` values; written once, as who cares for speed would. */
function placeholders(rows: number, width: number): string {
  const key = `${rows} ${width}`;
  const known = written.get(key);
  if (known !== undefined) return known;
  const row = (start: number): string =>
    `(${Array.from({ length: width }, (_, column) => `$${start + column + 1}`).join()})`;
  const text = Array.from({ length: rows }, (_, index) => row(index * width)).join();
  written.set(key, text);
  return text;
}

async function insertFlat(client: pg.PoolClient, all: readonly EntryInput[]): Promise<unknown[]> {
  const made: unknown[] = [];
  for (let start = 0; start < all.length; start += 1000) {
    const page = all.slice(start, start + 1000);
    const { rows } = await client.query(
      q(
        `insert-${page.length}`,
        `INSERT INTO entries (name, amount, price, active, note) VALUES ${placeholders(page.length, 5)} RETURNING id`,
        page.flatMap((row) => [row.name, row.amount, row.price, row.active, row.note]),
      ),
    );
    for (const [index, row] of page.entries()) made.push({ ...row, id: (rows[index] as Keyed).id });
  }
  return made;
}

async function insertGraph(client: pg.PoolClient, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => `parent ${index}`);
  const parents = await client.query(
    q(`parents-${size}`, `INSERT INTO parents (name) VALUES ${placeholders(size, 1)} RETURNING id`, names),
  );
  const children = (parents.rows as Keyed[]).flatMap(({ id }, parent) =>
    Array.from({ length: 10 }, (_, child) => [id, `child ${parent}.${child}`, child]),
  );
  for (let start = 0; start < children.length; start += 1000) {
    const page = children.slice(start, start + 1000);
    await client.query(
      q(
        `children-${page.length}`,
        `INSERT INTO children (parent_id, name, amount) VALUES ${placeholders(page.length, 3)} RETURNING id`,
        page.flat(),
      ),
    );
  }
}

async function update(client: pg.PoolClient, size: number, run: number): Promise<void> {
  for (let id = 1; id <= size; id += 1) {
    await client.query(q("update", "UPDATE entries SET amount = $1 WHERE id = $2", [changedAmount(id, run), id]));
  }
}

async function request(pool: pg.Pool, id: number): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { rows } = await client.query(q("counter", "SELECT id, name, hits FROM counters WHERE id = $1", [id]));
    const { hits } = rows[0] as { hits: number };
    await client.query(q("count", "UPDATE counters SET hits = $1 WHERE id = $2", [hits + 1, id]));
  });
}

async function orderEntry(client: pg.PoolClient): Promise<void> {
  const customer = await client.query(q("customer", "SELECT id, name, balance FROM customers WHERE id = $1", [1]));
  const orders = await client.query(
    q("orders", "SELECT id, customer_id, status, total FROM orders WHERE customer_id = $1 ORDER BY id", [1]),
  );
  const ids = (orders.rows as Keyed[]).map((order) => order.id);
  const lines = await client.query(
    q("lines", "SELECT id, order_id, product, quantity, price FROM order_lines WHERE order_id = ANY($1) ORDER BY id", [
      ids,
    ]),
  );
  const [first] = ids;
  const own = (lines.rows as (Keyed & { order_id: number; quantity: number })[]).filter(
    (row) => row.order_id === first,
  );
  const { balance } = customer.rows[0] as { balance: number };
  await client.query(q("balance", "UPDATE customers SET balance = $1 WHERE id = $2", [balance + 30, 1]));
  for (const line of own) {
    await client.query(
      q("quantity", "UPDATE order_lines SET quantity = $1 WHERE id = $2", [line.quantity + line.id, line.id]),
    );
  }
  const order = await client.query(
    q("order", "INSERT INTO orders (customer_id, status, total) VALUES ($1, $2, $3) RETURNING id", [1, "new", 30]),
  );
  const { id } = order.rows[0] as Keyed;
  await client.query(
    q(
      "new-lines",
      `INSERT INTO order_lines (order_id, product, quantity, price) VALUES ${placeholders(3, 4)} RETURNING id`,
      [1, 2, 3].flatMap((n) => [id, `new product ${n}`, n, 10]),
    ),
  );
  const last = (lines.rows as (Keyed & { order_id: number })[]).findLast((row) => row.order_id === ids[ORDERS - 1]);
  await client.query(q("delete", "DELETE FROM order_lines WHERE id = $1", [last?.id]));
}
