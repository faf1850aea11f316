// MikroORM: entities by `defineEntity`, a fork of the entity manager for each unit of work.
import { defineEntity, type EntityManager, MikroORM, p } from "@mikro-orm/postgresql";
import { MikroORM as SqliteMikroORM } from "@mikro-orm/sqlite";
import { type Adapter, type Contestant, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, type DatabaseName, entries } from "../schema.ts";

const Author = defineEntity({
  name: "Author",
  tableName: "authors",
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    email: p.text(),
    karma: p.integer(),
    posts: () => p.oneToMany(Post).mappedBy("author"),
  },
});
const Post = defineEntity({
  name: "Post",
  tableName: "posts",
  properties: {
    id: p.integer().primary(),
    author: () => p.manyToOne(Author),
    title: p.text(),
    body: p.text(),
    score: p.integer(),
    rating: p.double(),
    published: p.boolean(),
    createdAt: p.datetime(3),
    comments: () => p.oneToMany(Comment).mappedBy("post"),
    tags: () => p.manyToMany(Tag).pivotTable("post_tags").joinColumn("post_id").inverseJoinColumn("tag_id"),
  },
});
const Comment = defineEntity({
  name: "Comment",
  tableName: "comments",
  properties: {
    id: p.integer().primary(),
    post: () => p.manyToOne(Post),
    commenter: p.text(),
    body: p.text(),
  },
});
const Tag = defineEntity({ name: "Tag", tableName: "tags", properties: { id: p.integer().primary(), name: p.text() } });
const Reading = defineEntity({
  name: "Reading",
  tableName: "readings",
  properties: { id: p.integer().primary(), device: p.integer(), value: p.double(), note: p.text() },
});
const Entry = defineEntity({
  name: "Entry",
  tableName: "entries",
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    amount: p.integer(),
    price: p.double(),
    active: p.boolean(),
    note: p.text().nullable(),
  },
});
const Parent = defineEntity({
  name: "Parent",
  tableName: "parents",
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    children: () => p.oneToMany(Child).mappedBy("parent"),
  },
});
const Child = defineEntity({
  name: "Child",
  tableName: "children",
  properties: {
    id: p.integer().primary(),
    parent: () => p.manyToOne(Parent),
    name: p.text(),
    amount: p.integer(),
  },
});
const Counter = defineEntity({
  name: "Counter",
  tableName: "counters",
  properties: { id: p.integer().primary(), name: p.text(), hits: p.integer() },
});
const Customer = defineEntity({
  name: "Customer",
  tableName: "customers",
  properties: {
    id: p.integer().primary(),
    name: p.text(),
    balance: p.integer(),
    orders: () => p.oneToMany(Order).mappedBy("customer").orderBy({ id: "asc" }),
  },
});
const Order = defineEntity({
  name: "Order",
  tableName: "orders",
  properties: {
    id: p.integer().primary(),
    customer: () => p.manyToOne(Customer),
    status: p.text(),
    total: p.integer(),
    lines: () => p.oneToMany(OrderLine).mappedBy("order").orderBy({ id: "asc" }).orphanRemoval(),
  },
});
const OrderLine = defineEntity({
  name: "OrderLine",
  tableName: "order_lines",
  properties: {
    id: p.integer().primary(),
    order: () => p.manyToOne(Order),
    product: p.text(),
    quantity: p.integer(),
    price: p.integer(),
  },
});

const entities = [Author, Post, Comment, Tag, Reading, Entry, Parent, Child, Counter, Customer, Order, OrderLine];

export const mikroOrm: Adapter = {
  name: "MikroORM",
  package: "@mikro-orm/core",
  databases: ["postgresql", "sqlite"],
  open,
};

async function start(database: DatabaseName, url: string): Promise<MikroORM> {
  if (database === "postgresql") return MikroORM.init({ clientUrl: url, entities, pool: { max: IN_FLIGHT } });
  // the parts that are used here are the same
  return (await SqliteMikroORM.init({ dbName: url, entities })) as unknown as MikroORM;
}

async function open(database: DatabaseName, url: string): Promise<Contestant> {
  const orm = await start(database, url);
  const fork = (): EntityManager => orm.em.fork();
  const rows = (size: number): Task => ({
    run: () => fork().find(Post, { id: { $lte: size } }, { orderBy: { id: "asc" } }),
  });
  const get = (index: number): Promise<unknown> => fork().findOneOrFail(Post, keyOf(index));
  const inParallel: Contestant["tasks"] = {
    "get-16": (size) => ({ run: () => inFlight(size, get) }),
    request: (size) => ({ run: () => inFlight(size, (index) => request(fork(), (index % IN_FLIGHT) + 1)) }),
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
      stream: (size) => ({ run: () => stream(fork(), size) }),
      hold: (size) => ({ run: () => hold(fork(), size) }),
      eager: (size) => ({
        run: () =>
          fork().find(
            Author,
            { id: { $lte: size } },
            { orderBy: { id: "asc" }, populate: ["posts.comments"], strategy: "select-in" },
          ),
      }),
      "insert-flat": (size) => ({ run: () => insertFlat(fork(), size) }),
      "insert-graph": (size) => ({ run: () => insertGraph(fork(), size) }),
      update: (size) => changing(fork(), size, size),
      "flush-10k": (size) => changing(fork(), size, 1),
      "flush-100k": (size) => changing(fork(), size, 1),
      build: (size) => ({ run: () => build(fork(), size) }),
      "order-entry": () => ({ run: () => orderEntry(fork()) }),
    },
    close: () => orm.close(),
  };
}

async function hold(em: EntityManager, size: number): Promise<EntityManager> {
  await em.find(Post, { id: { $lte: size } });
  return em;
}

async function stream(em: EntityManager, size: number): Promise<number> {
  let sum = 0;
  for await (const reading of em.stream(Reading, { where: { id: { $lte: size } }, chunkSize: 1000 })) sum += reading.id;
  return sum;
}

async function insertFlat(em: EntityManager, size: number): Promise<unknown> {
  const objects = entries(size).map((values) => em.create(Entry, values));
  await em.flush();
  return objects;
}

async function insertGraph(em: EntityManager, size: number): Promise<void> {
  for (let index = 0; index < size; index += 1) {
    const children = Array.from({ length: 10 }, (_, n) => ({ name: `child ${index}.${n}`, amount: n }));
    em.create(Parent, { name: `parent ${index}`, children });
  }
  await em.flush();
}

async function changing(em: EntityManager, loaded: number, changed: number): Promise<Task> {
  const objects = await em.find(Entry, { id: { $lte: loaded } }, { orderBy: { id: "asc" } });
  let run = 0;
  return {
    async run() {
      run += 1;
      for (const entry of objects.slice(0, changed)) entry.amount = changedAmount(entry.id, run);
      await em.flush();
    },
  };
}

function build(em: EntityManager, size: number): string {
  let text = "";
  for (let index = 0; index < size; index += 1) {
    text = em
      .createQueryBuilder(Author, "a")
      .innerJoin("a.posts", "p")
      .innerJoin("p.tags", "t")
      .select(["a.name", "p.title", "t.name"])
      .where({ "a.karma": { $gt: index }, "p.published": true })
      .orderBy({ "p.id": "desc" })
      .limit(10)
      .toQuery().sql;
  }
  return text;
}

async function request(em: EntityManager, id: number): Promise<void> {
  await em.transactional(async (inner) => {
    const counter = await inner.findOneOrFail(Counter, id);
    counter.hits += 1;
  });
}

async function orderEntry(em: EntityManager): Promise<void> {
  const customer = await em.findOneOrFail(Customer, 1, { populate: ["orders.lines"], strategy: "select-in" });
  const orders = customer.orders.getItems();
  customer.balance += 30;
  for (const line of orders[0]?.lines.getItems() ?? []) line.quantity += line.id;
  const last = orders.at(-1);
  const removed = last?.lines.getItems().at(-1);
  if (removed !== undefined) last?.lines.remove(removed);
  const lines = [1, 2, 3].map((n) => ({ product: `new product ${n}`, quantity: n, price: 10 }));
  em.create(Order, { customer, status: "new", total: 30, lines });
  await em.flush();
}
