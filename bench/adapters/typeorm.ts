// TypeORM: entities by EntitySchema, repositories' `find` and `save`.
import { createRequire } from "node:module";
import { DataSource, type EntityManager, EntitySchema, In, LessThanOrEqual } from "typeorm";
import { type Adapter, type Contestant, IN_FLIGHT, inFlight, keyOf, type Task } from "../contestant.ts";
import { changedAmount, type DatabaseName, entries } from "../schema.ts";

interface Author {
  id: number;
  name: string;
  email: string;
  karma: number;
  posts: Post[];
}
interface Post {
  id: number;
  authorId: number;
  title: string;
  body: string;
  score: number;
  rating: number;
  published: boolean;
  createdAt: Date;
  author: Author;
  comments: Comment[];
  tags: Tag[];
}
interface Comment {
  id: number;
  commenter: string;
  body: string;
  post: Post;
}
interface Tag {
  id: number;
  name: string;
}
interface Reading {
  id: number;
  device: number;
  value: number;
  note: string;
}
interface Entry {
  id: number;
  name: string;
  amount: number;
  price: number;
  active: boolean;
  note: string | null;
}
interface Parent {
  id: number;
  name: string;
  children: Child[];
}
interface Child {
  id: number;
  name: string;
  amount: number;
  parent: Parent;
}
interface Counter {
  id: number;
  name: string;
  hits: number;
}
interface Customer {
  id: number;
  name: string;
  balance: number;
  orders: Order[];
}
interface Order {
  id: number;
  status: string;
  total: number;
  customer: Customer;
  lines: OrderLine[];
}
interface OrderLine {
  id: number;
  product: string;
  quantity: number;
  price: number;
  order: Order;
}

const id = { type: "integer", primary: true, generated: true } as const;
const text = { type: "text" } as const;
const integer = { type: "integer" } as const;

function schemas(database: DatabaseName) {
  const double = { type: database === "sqlite" ? "double" : "double precision" } as const;
  const createdAt = { type: database === "sqlite" ? "datetime" : "timestamptz", name: "created_at" } as const;
  return {
    Author: new EntitySchema<Author>({
      name: "Author",
      tableName: "authors",
      columns: { id, name: text, email: text, karma: integer },
      relations: { posts: { type: "one-to-many", target: "Post", inverseSide: "author" } },
    }),
    Post: new EntitySchema<Post>({
      name: "Post",
      tableName: "posts",
      columns: {
        id,
        authorId: { ...integer, name: "author_id" },
        title: text,
        body: text,
        score: integer,
        rating: double,
        published: { type: "boolean" },
        createdAt,
      },
      relations: {
        author: { type: "many-to-one", target: "Author", joinColumn: { name: "author_id" }, inverseSide: "posts" },
        comments: { type: "one-to-many", target: "Comment", inverseSide: "post" },
        tags: {
          type: "many-to-many",
          target: "Tag",
          joinTable: { name: "post_tags", joinColumn: { name: "post_id" }, inverseJoinColumn: { name: "tag_id" } },
        },
      },
    }),
    Comment: new EntitySchema<Comment>({
      name: "Comment",
      tableName: "comments",
      columns: { id, commenter: text, body: text },
      relations: {
        post: { type: "many-to-one", target: "Post", joinColumn: { name: "post_id" }, inverseSide: "comments" },
      },
    }),
    Tag: new EntitySchema<Tag>({ name: "Tag", tableName: "tags", columns: { id, name: text } }),
    Reading: new EntitySchema<Reading>({
      name: "Reading",
      tableName: "readings",
      columns: { id, device: integer, value: double, note: text },
    }),
    Entry: new EntitySchema<Entry>({
      name: "Entry",
      tableName: "entries",
      columns: {
        id,
        name: text,
        amount: integer,
        price: double,
        active: { type: "boolean" },
        note: { type: "text", nullable: true },
      },
    }),
    Parent: new EntitySchema<Parent>({
      name: "Parent",
      tableName: "parents",
      columns: { id, name: text },
      relations: { children: { type: "one-to-many", target: "Child", inverseSide: "parent", cascade: true } },
    }),
    Child: new EntitySchema<Child>({
      name: "Child",
      tableName: "children",
      columns: { id, name: text, amount: integer },
      relations: {
        parent: { type: "many-to-one", target: "Parent", joinColumn: { name: "parent_id" }, inverseSide: "children" },
      },
    }),
    Counter: new EntitySchema<Counter>({
      name: "Counter",
      tableName: "counters",
      columns: { id, name: text, hits: integer },
    }),
    Customer: new EntitySchema<Customer>({
      name: "Customer",
      tableName: "customers",
      columns: { id, name: text, balance: integer },
      relations: { orders: { type: "one-to-many", target: "Order", inverseSide: "customer", cascade: true } },
    }),
    Order: new EntitySchema<Order>({
      name: "Order",
      tableName: "orders",
      columns: { id, status: text, total: integer },
      relations: {
        customer: {
          type: "many-to-one",
          target: "Customer",
          joinColumn: { name: "customer_id" },
          inverseSide: "orders",
        },
        lines: { type: "one-to-many", target: "OrderLine", inverseSide: "order", cascade: true },
      },
    }),
    OrderLine: new EntitySchema<OrderLine>({
      name: "OrderLine",
      tableName: "order_lines",
      columns: { id, product: text, quantity: integer, price: integer },
      relations: {
        order: {
          type: "many-to-one",
          target: "Order",
          joinColumn: { name: "order_id" },
          inverseSide: "lines",
          orphanedRowAction: "delete",
        },
      },
    }),
  };
}

type Schemas = ReturnType<typeof schemas>;

export const typeorm: Adapter = {
  name: "TypeORM",
  package: "typeorm",
  databases: ["postgresql", "sqlite"],
  open,
};

async function open(database: DatabaseName, url: string): Promise<Contestant> {
  const all = schemas(database);
  const source = new DataSource({
    ...(database === "sqlite"
      ? { type: "better-sqlite3", database: url, driver: createRequire(import.meta.url)("better-sqlite3") as unknown }
      : { type: "postgres", url, poolSize: IN_FLIGHT }),
    entities: Object.values(all),
  });
  await source.initialize();
  const { manager } = source;
  const get = (index: number): Promise<unknown> => manager.findOneByOrFail(all.Post, { id: keyOf(index) });
  const rows = (size: number): Task => ({
    run: () => manager.find(all.Post, { where: { id: LessThanOrEqual(size) }, order: { id: "ASC" } }),
  });
  const inParallel: Contestant["tasks"] = {
    "get-16": (size) => ({ run: () => inFlight(size, get) }),
    request: (size) => ({ run: () => inFlight(size, (index) => request(manager, all, (index % IN_FLIGHT) + 1)) }),
    stream: (size) => ({ run: () => stream(manager, all, size) }),
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
        run: () =>
          manager.find(all.Author, {
            where: { id: LessThanOrEqual(size) },
            order: { id: "ASC" },
            relations: { posts: { comments: true } },
            relationLoadStrategy: "join",
          }),
      }),
      "insert-flat": (size) => ({ run: () => manager.save(all.Entry, entries(size), { chunk: 1000 }) }),
      "insert-graph": (size) => ({ run: () => insertGraph(manager, all, size) }),
      update: (size) => changing(manager, all, size),
      build: (size) => ({ run: () => build(manager, all, size) }),
      "order-entry": () => ({ run: () => orderEntry(manager, all) }),
    },
    close: () => source.destroy(),
  };
}

async function stream(manager: EntityManager, { Reading }: Schemas, size: number): Promise<number> {
  const query = manager.createQueryBuilder(Reading, "r").where("r.id <= :size", { size });
  let sum = 0;
  for await (const row of await query.stream()) sum += (row as { r_id: number }).r_id;
  return sum;
}

async function insertGraph(manager: EntityManager, { Parent }: Schemas, size: number): Promise<void> {
  const parents = Array.from({ length: size }, (_, index) => ({
    name: `parent ${index}`,
    children: Array.from({ length: 10 }, (_, n) => ({ name: `child ${index}.${n}`, amount: n })),
  }));
  await manager.save(Parent, parents, { chunk: 1000 });
}

async function changing(manager: EntityManager, { Entry }: Schemas, size: number): Promise<Task> {
  const objects = await manager.find(Entry, { where: { id: LessThanOrEqual(size) }, order: { id: "ASC" } });
  let run = 0;
  return {
    async run() {
      run += 1;
      for (const entry of objects) entry.amount = changedAmount(entry.id, run);
      await manager.save(Entry, objects);
    },
  };
}

function build(manager: EntityManager, { Author }: Schemas, size: number): string {
  let text = "";
  for (let index = 0; index < size; index += 1) {
    [text] = manager
      .createQueryBuilder(Author, "a")
      .innerJoin("a.posts", "p")
      .innerJoin("p.tags", "t")
      .select(["a.name", "p.title", "t.name"])
      .where("a.karma > :minimum", { minimum: index })
      .andWhere("p.published = :published", { published: true })
      .orderBy("p.id", "DESC")
      .limit(10)
      .getQueryAndParameters();
  }
  return text;
}

async function request(manager: EntityManager, { Counter }: Schemas, id: number): Promise<void> {
  await manager.transaction(async (inner) => {
    const counter = await inner.findOneByOrFail(Counter, { id });
    counter.hits += 1;
    await inner.save(Counter, counter);
  });
}

async function orderEntry(manager: EntityManager, { Customer, Order, OrderLine }: Schemas): Promise<void> {
  await manager.transaction(async (inner) => {
    const customer = await inner.findOneByOrFail(Customer, { id: 1 });
    const orders = await inner.find(Order, { where: { customer: { id: 1 } }, order: { id: "ASC" } });
    const lines = await inner.find(OrderLine, {
      where: { order: { id: In(orders.map((order) => order.id)) } },
      order: { id: "ASC" },
      relations: { order: true },
    });
    customer.balance += 30;
    const own = lines.filter((line) => line.order.id === orders[0]?.id);
    for (const line of own) line.quantity += line.id;
    const removed = lines.findLast((line) => line.order.id === orders.at(-1)?.id);
    const added = [1, 2, 3].map((n) => ({ product: `new product ${n}`, quantity: n, price: 10 }));
    await inner.save(Customer, customer);
    await inner.save(OrderLine, own);
    await inner.save(Order, { customer, status: "new", total: 30, lines: added });
    if (removed !== undefined) await inner.remove(OrderLine, removed);
  });
}
