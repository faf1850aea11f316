// Drizzle with `.prepare()` and placeholders, where it has them: queries, and updates by key.
import { asc, eq, lte, sql } from "drizzle-orm";
import { type Adapter, type Contestant, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, type DatabaseName } from "../schema.ts";
import { openDrizzle } from "./drizzle.ts";

export const drizzlePrepared: Adapter = {
  name: "Drizzle, prepared",
  package: "drizzle-orm",
  databases: ["postgresql", "sqlite"],
  open,
};

function open(database: DatabaseName, url: string): Contestant {
  const opened = openDrizzle(database, url);
  const { db, inTransaction } = opened;
  const { authors, posts, entries, counters } = opened.tables;
  const byKey = db
    .select()
    .from(posts)
    .where(eq(posts.id, sql.placeholder("id")))
    .prepare("post_by_key");
  const upTo = db
    .select()
    .from(posts)
    .where(lte(posts.id, sql.placeholder("size")))
    .orderBy(asc(posts.id))
    .prepare("posts_up_to");
  const withPosts = db.query.authors
    .findMany({
      where: lte(authors.id, sql.placeholder("size")),
      orderBy: asc(authors.id),
      with: { posts: { with: { comments: true } } },
    })
    .prepare("authors_with_posts");
  const get = async (index: number): Promise<unknown> => (await byKey.execute({ id: keyOf(index) }))[0];
  const rows = (size: number): Task => ({ run: async () => upTo.execute({ size }) });
  const changing = (size: number): Task => {
    let run = 0;
    return {
      run: () =>
        inTransaction(async (tx) => {
          run += 1;
          const change = tx
            .update(entries)
            .set({ amount: sql`${sql.placeholder("amount")}` })
            .where(eq(entries.id, sql.placeholder("id")))
            .prepare("change_amount");
          for (let id = 1; id <= size; id += 1) await change.execute({ id, amount: changedAmount(id, run) });
        }),
    };
  };
  const request = (id: number): Promise<void> =>
    inTransaction(async (tx) => {
      const counter = tx
        .select()
        .from(counters)
        .where(eq(counters.id, sql.placeholder("id")))
        .prepare("counter");
      const [found] = await counter.execute({ id });
      const count = tx
        .update(counters)
        .set({ hits: sql`${sql.placeholder("hits")}` })
        .where(eq(counters.id, sql.placeholder("id")))
        .prepare("count");
      await count.execute({ id, hits: (found?.hits ?? 0) + 1 });
    });
  const inParallel: Contestant["tasks"] = {
    "get-16": (size) => ({ run: () => inFlight(size, get) }),
    request: (size) => ({ run: () => inFlight(size, (index) => request((index % IN_FLIGHT) + 1)) }),
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
      eager: (size) => ({ run: async () => withPosts.execute({ size }) }),
      update: changing,
    },
    close: async () => void (await opened.close()),
  };
}
