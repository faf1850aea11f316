// Taking tasks from a queue with a naked session: the database decides, and what it answers is what one gets.
// node examples/naked.ts [URL]   (SQLite or PostgreSQL: MariaDB's UPDATE returns no rows)
import { aliased, createAsyncEngine, declarativeBase, func, insert, integer, select, string, update } from "athanor";
import { AsyncSessionFactory, toInsert } from "athanor/naked";

const Base = declarativeBase();

class Task extends Base.mapped("tasks", {
  id: integer().primaryKey(),
  queue: string(20),
  priority: integer(),
  state: string(10).default("waiting"),
}) {
  describe() {
    return `${this.queue}: task ${this.id} is ${this.state}`;
  }
}

const engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.dropAll(engine);
await Base.metadata.createAll(engine);
const db = new AsyncSessionFactory(engine);

await db.begin(async (session) => {
  const tasks = [
    new Task({ queue: "mail", priority: 1 }),
    new Task({ queue: "mail", priority: 9 }),
    new Task({ queue: "print", priority: 5 }),
  ];
  await session.execute(
    insert(Task),
    tasks.map((task) => toInsert(task)),
  );
});

// the waiting task of the highest priority of each queue
const rank = func.rowNumber().over({ partitionBy: [Task.c.queue], orderBy: [Task.c.priority.desc()] });
const ranked = select(Task.c.id, rank.as("rank")).where(Task.c.state.eq("waiting")).subquery();
const take = update(Task)
  .where(Task.c.id.in(select(ranked.c.id).where(ranked.c.rank.eq(1))))
  .values({ state: "taken" })
  .returning(Task);

await db.begin(async (session) => {
  const before = (await session.scalars(select(Task))).all();
  const taken = (await session.scalars(take)).all().toSorted((a, b) => a.id - b.id);
  for (const task of taken) console.log(task.describe());
  // an object is what its statement answered: nobody changes it later
  const [id] = taken.map((task) => task.id);
  console.log(before.find((task) => task.id === id)?.describe());
});

// a query in a query, read as objects
const waiting = aliased(Task, select(Task).where(Task.c.state.eq("waiting")).subquery());
await db.begin(async (session) => {
  console.log((await session.scalar(select(waiting)))?.describe());
});
await engine.dispose();
