// What is measured in this process, how large, and how it is checked that all contestants did the same.
import type { WorkloadName } from "./contestant.ts";
import { digestPosts, digestEntries, digestAuthors } from "./digest.ts";
import { type DatabaseName, emptied, entriesOf, shopOf } from "./schema.ts";

export type Mode = "quick" | "full";

/** Direct access to a database, for what is not measured. */
export interface Admin {
  readonly database: DatabaseName;
  exec(sql: string): Promise<void>;
  query(sql: string): Promise<unknown[]>;
}

export interface Workload {
  readonly name: string;
  readonly task: WorkloadName;
  readonly title: string;
  readonly databases: readonly DatabaseName[];
  /** A quick run leaves it out unless it is asked for by name. */
  readonly isLarge?: boolean;
  /** What one run does this often or with this many rows. */
  readonly size: Readonly<Record<Mode, Readonly<Record<DatabaseName, number>>>>;
  /** Whether times are given for one of `size` operations instead of for the whole run. */
  readonly isPerOperation: boolean;
  /** One run is this many of the same, and times are given for one of them, with its processor time. */
  readonly repeats?: Readonly<Record<Mode, number>>;
  /** Brings the tables into the state that a run begins with, before the first run of each contestant or before every run. */
  readonly reset?: { readonly when: "first" | "each"; sql(database: DatabaseName, size: number): string };
  /** Of what a run answered, or left in the database; the same for all contestants, or it does not count. */
  digest(answer: unknown, admin: Admin, size: number): string | Promise<string>;
  /** Milliseconds that a connection's answers come late; a proxy is in between and counts round trips. */
  readonly latency?: number;
}

const both: readonly DatabaseName[] = ["postgresql", "sqlite"];
const postgresql: readonly DatabaseName[] = ["postgresql"];

const same = (quick: number, full: number): Workload["size"] => ({
  quick: { postgresql: quick, sqlite: quick },
  full: { postgresql: full, sqlite: full },
});

async function digestOf(admin: Admin, sql: string): Promise<string> {
  return JSON.stringify(await admin.query(sql));
}

const entriesInTable = (_: unknown, admin: Admin): Promise<string> =>
  digestOf(admin, "SELECT count(*) AS count, sum(id * amount) AS checked FROM entries");

const shopInTables = (_: unknown, admin: Admin): Promise<string> =>
  digestOf(
    admin,
    `SELECT balance, orders.id, status, total, product, quantity, price FROM customers
     JOIN orders ON orders.customer_id = customers.id LEFT JOIN order_lines ON order_lines.order_id = orders.id
     ORDER BY orders.id, product`,
  );

// one flush now and then would measure how quickly a processor's caches fill
const flush = (name: "flush-10k" | "flush-100k", size: Workload["size"], rows: string, most: number): Workload => ({
  name,
  repeats: { quick: most / 5, full: most },
  task: name,
  isLarge: name === "flush-100k",
  title: `Flush and commit with 1 changed object among ${rows} loaded`,
  databases: both,
  size,
  isPerOperation: false,
  reset: { when: "first", sql: entriesOf },
  digest: entriesInTable,
});

const orderEntry = (latency: number): Workload => ({
  name: `order-entry-${latency}ms`,
  task: "order-entry",
  title: `Order entry at ${latency} ms of network latency`,
  databases: postgresql,
  size: same(1, 1),
  isPerOperation: false,
  reset: { when: "each", sql: shopOf },
  digest: shopInTables,
  latency,
});

export const workloads: readonly Workload[] = [
  {
    name: "get",
    task: "get",
    title: "One row by key, one after the other",
    databases: both,
    size: { quick: { postgresql: 200, sqlite: 1000 }, full: { postgresql: 1000, sqlite: 5000 } },
    isPerOperation: true,
    digest: (answer) => digestPosts([answer]),
  },
  {
    name: "get-16",
    task: "get-16",
    title: "One row by key, 16 in flight",
    databases: postgresql,
    size: same(320, 1600),
    isPerOperation: true,
    digest: (answer) => digestPosts(answer),
  },
  {
    name: "rows-10k",
    task: "rows-10k",
    title: "10,000 rows of 8 columns as objects",
    databases: both,
    size: same(10_000, 10_000),
    isPerOperation: false,
    digest: (answer) => digestPosts(answer),
  },
  {
    name: "rows-100k",
    isLarge: true,
    task: "rows-100k",
    title: "100,000 rows of 8 columns as objects",
    databases: both,
    size: same(100_000, 100_000),
    isPerOperation: false,
    digest: (answer) => digestPosts(answer),
  },
  {
    name: "eager",
    task: "eager",
    title: "200 authors with their 2,000 posts and 6,000 comments",
    databases: both,
    size: same(200, 200),
    isPerOperation: false,
    digest: (answer) => digestAuthors(answer),
  },
  {
    name: "insert-flat",
    task: "insert-flat",
    title: "10,000 new objects, with their keys",
    databases: both,
    size: same(10_000, 10_000),
    isPerOperation: false,
    reset: { when: "each", sql: (database) => emptied(database, "entries") },
    digest: async (answer, admin) => digestEntries(answer) + (await entriesInTable(answer, admin)),
  },
  {
    name: "insert-graph",
    task: "insert-graph",
    title: "1,000 new parents with 10 children each",
    databases: both,
    size: same(1000, 1000),
    isPerOperation: false,
    reset: { when: "each", sql: (database) => emptied(database, "children", "parents") },
    digest: (_, admin) =>
      digestOf(
        admin,
        `SELECT count(*) AS count, count(DISTINCT parents.id) AS parents, sum(amount * length(parents.name)) AS checked
         FROM children JOIN parents ON parents.id = parent_id
         WHERE children.name LIKE replace(parents.name, 'parent', 'child') || '.%'`,
      ),
  },
  {
    name: "update",
    task: "update",
    title: "1,000 objects changed, to different values",
    databases: both,
    size: same(1000, 1000),
    isPerOperation: false,
    reset: { when: "first", sql: entriesOf },
    digest: entriesInTable,
  },
  flush("flush-10k", same(10_000, 10_000), "10,000", 50),
  flush("flush-100k", same(100_000, 100_000), "100,000", 5),
  {
    name: "build",
    task: "build",
    title: "The SQL of a SELECT with 3 joins, a value different each time",
    databases: postgresql,
    size: same(1000, 5000),
    isPerOperation: true,
    digest: () => "the text differs",
  },
  {
    name: "request",
    task: "request",
    title: "A transaction for each request (read a row, change it), 16 in flight",
    databases: postgresql,
    size: same(160, 800),
    isPerOperation: true,
    reset: { when: "each", sql: () => "UPDATE counters SET hits = 0" },
    digest: (_, admin) => digestOf(admin, "SELECT id, hits FROM counters ORDER BY id"),
  },
  {
    name: "order-entry",
    task: "order-entry",
    title: "Order entry",
    databases: ["sqlite"],
    size: same(1, 1),
    isPerOperation: false,
    reset: { when: "each", sql: shopOf },
    digest: shopInTables,
  },
  orderEntry(0),
  orderEntry(1),
];
