// postgres.js, by hand: it prepares statements and keeps them by itself.
import postgres from "postgres";
import { type Adapter, type Contestant, grouped, IN_FLIGHT, inFlight, keyOf } from "../contestant.ts";
import { changedAmount, entries, ORDERS } from "../schema.ts";

export const postgresJs: Adapter = { name: "postgres", package: "postgres", databases: ["postgresql"], open };

type Sql = postgres.Sql | postgres.TransactionSql;

function open(_: string, url: string): Contestant {
  const sql = postgres(url, { max: IN_FLIGHT, onnotice: () => {} });
  const post = sql`id, author_id AS "authorId", title, body, score, rating, published, created_at AS "createdAt"`;
  const get = async (id: number): Promise<unknown> => (await sql`SELECT ${post} FROM posts WHERE id = ${id}`)[0];
  const rows = (size: number) => ({
    run: async () => sql`SELECT ${post} FROM posts WHERE id <= ${size} ORDER BY id`,
  });
  const changing = (size: number) => {
    let run = 0;
    return {
      run() {
        run += 1;
        return sql.begin(async (tx) => {
          for (let id = 1; id <= size; id += 1) {
            await tx`UPDATE entries SET amount = ${changedAmount(id, run)} WHERE id = ${id}`;
          }
        });
      },
    };
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
      "get-16": (size) => ({ run: () => inFlight(size, (index) => get(keyOf(index))) }),
      "rows-10k": rows,
      "rows-100k": rows,
      stream: (size) => ({
        async run() {
          let sum = 0;
          const cursor = sql`SELECT id, device, value, note FROM readings WHERE id <= ${size}`.cursor(1000);
          for await (const page of cursor) for (const row of page) sum += (row as unknown as { id: number }).id;
          return sum;
        },
      }),
      eager: (size) => ({ run: () => eager(sql, post, size) }),
      "insert-flat": (size) => ({ run: () => sql.begin((tx) => insertFlat(tx, size)) }),
      "insert-graph": (size) => ({ run: () => sql.begin((tx) => insertGraph(tx, size)) }),
      update: changing,
      "flush-10k": () => changing(1),
      "flush-100k": () => changing(1),
      request: (size) => ({ run: () => inFlight(size, (index) => request(sql, (index % IN_FLIGHT) + 1)) }),
      "order-entry": () => ({ run: () => sql.begin(orderEntry) }),
    },
    close: () => sql.end(),
  };
}

async function eager(sql: postgres.Sql, post: postgres.Fragment, size: number): Promise<unknown> {
  const authors = await sql<
    { id: number }[]
  >`SELECT id, name, email, karma FROM authors WHERE id <= ${size} ORDER BY id`;
  const posts = await sql<{ id: number; authorId: number }[]>`
    SELECT ${post} FROM posts WHERE author_id = ANY(${authors.map((row) => row.id)})`;
  const comments = await sql<{ postId: number }[]>`
    SELECT id, post_id AS "postId", commenter, body FROM comments WHERE post_id = ANY(${posts.map((row) => row.id)})`;
  const ofPosts = grouped(comments, (row) => row.postId);
  const ofAuthors = grouped(
    posts.map((row) => ({ ...row, comments: ofPosts.get(row.id) ?? [] })),
    (row) => row.authorId,
  );
  return authors.map((row) => ({ ...row, posts: ofAuthors.get(row.id) ?? [] }));
}

async function insertFlat(sql: Sql, size: number): Promise<unknown[]> {
  const made: unknown[] = [];
  const all = entries(size);
  for (let start = 0; start < size; start += 1000) {
    const page = all.slice(start, start + 1000);
    const ids = await sql<{ id: number }[]>`INSERT INTO entries ${sql(page)} RETURNING id`;
    for (const [index, row] of page.entries()) made.push({ ...row, id: ids[index]?.id });
  }
  return made;
}

async function insertGraph(sql: Sql, size: number): Promise<void> {
  const names = Array.from({ length: size }, (_, index) => ({ name: `parent ${index}` }));
  const parents = await sql<{ id: number }[]>`INSERT INTO parents ${sql(names)} RETURNING id`;
  const children = parents.flatMap(({ id }, parent) =>
    Array.from({ length: 10 }, (_, n) => ({ parent_id: id, name: `child ${parent}.${n}`, amount: n })),
  );
  for (let start = 0; start < children.length; start += 1000) {
    await sql`INSERT INTO children ${sql(children.slice(start, start + 1000))} RETURNING id`;
  }
}

async function request(sql: postgres.Sql, id: number): Promise<void> {
  await sql.begin(async (tx) => {
    const [counter] = await tx<{ hits: number }[]>`SELECT id, name, hits FROM counters WHERE id = ${id}`;
    await tx`UPDATE counters SET hits = ${(counter?.hits ?? 0) + 1} WHERE id = ${id}`;
  });
}

async function orderEntry(sql: Sql): Promise<void> {
  const [customer] = await sql<{ balance: number }[]>`SELECT id, name, balance FROM customers WHERE id = 1`;
  const orders = await sql<{ id: number }[]>`
    SELECT id, customer_id, status, total FROM orders WHERE customer_id = 1 ORDER BY id`;
  const ids = orders.map((order) => order.id);
  const lines = await sql<{ id: number; orderId: number; quantity: number }[]>`
    SELECT id, order_id AS "orderId", product, quantity, price FROM order_lines WHERE order_id = ANY(${ids}) ORDER BY id`;
  await sql`UPDATE customers SET balance = ${(customer?.balance ?? 0) + 30} WHERE id = 1`;
  for (const line of lines.filter((line) => line.orderId === ids[0])) {
    await sql`UPDATE order_lines SET quantity = ${line.quantity + line.id} WHERE id = ${line.id}`;
  }
  const [order] = await sql<{ id: number }[]>`
    INSERT INTO orders (customer_id, status, total) VALUES (1, 'new', 30) RETURNING id`;
  const added = [1, 2, 3].map((n) => ({
    order_id: order?.id ?? 0,
    product: `new product ${n}`,
    quantity: n,
    price: 10,
  }));
  await sql`INSERT INTO order_lines ${sql(added)} RETURNING id`;
  const last = lines.findLast((line) => line.orderId === ids[ORDERS - 1]);
  await sql`DELETE FROM order_lines WHERE id = ${last?.id ?? 0}`;
}
