// What both SQLite drivers are asked to do: prepared statements, rows mapped by hand.
import { type Contestant, grouped, keyOf } from "../contestant.ts";
import { changedAmount, type EntryInput, entries, ORDERS } from "../schema.ts";

interface Statement {
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  run(...values: unknown[]): { readonly lastInsertRowid: number | bigint };
  iterate(...values: unknown[]): Iterable<unknown>;
}

export interface SqliteDatabase {
  prepare(sql: string): Statement;
  exec(sql: string): unknown;
  close(): unknown;
}

interface StoredPost {
  readonly id: number;
  readonly author_id: number;
  readonly title: string;
  readonly body: string;
  readonly score: number;
  readonly rating: number;
  readonly published: number;
  readonly created_at: string;
}

const toPost = (row: unknown) => {
  const { id, author_id, title, body, score, rating, published, created_at } = row as StoredPost;
  const createdAt = new Date(`${created_at.replace(" ", "T")}Z`);
  return { id, authorId: author_id, title, body, score, rating, published: published === 1, createdAt };
};

const post = "id, author_id, title, body, score, rating, published, created_at";

export function contestantOf(db: SqliteDatabase): Contestant {
  const one = db.prepare(`SELECT ${post} FROM posts WHERE id = ?`);
  const many = db.prepare(`SELECT ${post} FROM posts WHERE id <= ? ORDER BY id`);
  const rows = (size: number) => ({ run: () => many.all(size).map(toPost) });
  const updating = (size: number) => {
    let run = 0;
    return { run: () => inTransaction(db, () => update(db, size, (run += 1))) };
  };
  return {
    tasks: {
      get: (size) => ({
        run() {
          let last: unknown;
          for (let index = 0; index < size; index += 1) last = toPost(one.get(keyOf(index)));
          return last;
        },
      }),
      "rows-10k": rows,
      "rows-100k": rows,
      stream: (size) => ({
        run() {
          let sum = 0;
          for (const row of db.prepare("SELECT id, device, value, note FROM readings WHERE id <= ?").iterate(size)) {
            sum += (row as { id: number }).id;
          }
          return sum;
        },
      }),
      eager: (size) => ({ run: () => eager(db, size) }),
      "insert-flat": (size) => ({ run: () => inTransaction(db, () => insertFlat(db, entries(size))) }),
      "insert-graph": (size) => ({ run: () => inTransaction(db, () => insertGraph(db, size)) }),
      update: updating,
      "flush-10k": () => updating(1),
      "flush-100k": () => updating(1),
      "order-entry": () => ({ run: () => inTransaction(db, () => orderEntry(db)) }),
    },
    close: () => void db.close(),
  };
}

function inTransaction<T>(db: SqliteDatabase, work: () => T): T {
  db.exec("BEGIN");
  const answer = work();
  db.exec("COMMIT");
  return answer;
}

function eager(db: SqliteDatabase, size: number): unknown {
  const authors = db.prepare("SELECT id, name, email, karma FROM authors WHERE id <= ? ORDER BY id").all(size);
  const ids = (rows: readonly unknown[]): string => JSON.stringify(rows.map((row) => (row as { id: number }).id));
  const posts = db
    .prepare(`SELECT ${post} FROM posts WHERE author_id IN (SELECT value FROM json_each(?))`)
    .all(ids(authors))
    .map(toPost);
  const comments = db
    .prepare("SELECT id, post_id, commenter, body FROM comments WHERE post_id IN (SELECT value FROM json_each(?))")
    .all(ids(posts)) as { id: number; post_id: number; commenter: string; body: string }[];
  const ofPosts = grouped(comments, (row) => row.post_id);
  const ofAuthors = grouped(
    posts.map((row) => ({ ...row, comments: ofPosts.get(row.id) ?? [] })),
    (row) => row.authorId,
  );
  return (authors as { id: number }[]).map((row) => ({ ...row, posts: ofAuthors.get(row.id) ?? [] }));
}

function insertFlat(db: SqliteDatabase, all: readonly EntryInput[]): unknown[] {
  const insert = db.prepare("INSERT INTO entries (name, amount, price, active, note) VALUES (?, ?, ?, ?, ?)");
  return all.map((row) => {
    const { lastInsertRowid } = insert.run(row.name, row.amount, row.price, row.active ? 1 : 0, row.note);
    return { ...row, id: Number(lastInsertRowid) };
  });
}

function insertGraph(db: SqliteDatabase, size: number): void {
  const parent = db.prepare("INSERT INTO parents (name) VALUES (?)");
  const child = db.prepare("INSERT INTO children (parent_id, name, amount) VALUES (?, ?, ?)");
  for (let index = 0; index < size; index += 1) {
    const id = parent.run(`parent ${index}`).lastInsertRowid;
    for (let n = 0; n < 10; n += 1) child.run(id, `child ${index}.${n}`, n);
  }
}

function update(db: SqliteDatabase, size: number, run: number): void {
  const statement = db.prepare("UPDATE entries SET amount = ? WHERE id = ?");
  for (let id = 1; id <= size; id += 1) statement.run(changedAmount(id, run), id);
}

function orderEntry(db: SqliteDatabase): void {
  const customer = db.prepare("SELECT id, name, balance FROM customers WHERE id = ?").get(1) as { balance: number };
  const orders = db
    .prepare("SELECT id, customer_id, status, total FROM orders WHERE customer_id = ? ORDER BY id")
    .all(1) as { id: number }[];
  const lines = db
    .prepare(
      "SELECT id, order_id, product, quantity, price FROM order_lines WHERE order_id IN (SELECT value FROM json_each(?)) ORDER BY id",
    )
    .all(JSON.stringify(orders.map((order) => order.id))) as { id: number; order_id: number; quantity: number }[];
  db.prepare("UPDATE customers SET balance = ? WHERE id = ?").run(customer.balance + 30, 1);
  const changeQuantity = db.prepare("UPDATE order_lines SET quantity = ? WHERE id = ?");
  for (const line of lines.filter((line) => line.order_id === orders[0]?.id)) {
    changeQuantity.run(line.quantity + line.id, line.id);
  }
  const { lastInsertRowid } = db
    .prepare("INSERT INTO orders (customer_id, status, total) VALUES (?, ?, ?)")
    .run(1, "new", 30);
  const addLine = db.prepare("INSERT INTO order_lines (order_id, product, quantity, price) VALUES (?, ?, ?, ?)");
  for (const n of [1, 2, 3]) addLine.run(lastInsertRowid, `new product ${n}`, n, 10);
  const last = lines.findLast((line) => line.order_id === orders[ORDERS - 1]?.id);
  db.prepare("DELETE FROM order_lines WHERE id = ?").run(last?.id);
}
