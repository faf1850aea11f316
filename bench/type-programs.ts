// The program of scripts/types/generate-program.ts, 50 models and 200 queries, as the peers write it: the same attributes,
// the same four kinds of queries where they have them.
import type { GeneratedFile } from "../scripts/types/generate-program.ts";

const MODELS = 50;
const PER_MODULE = 10;
const QUERIES = 200;

interface Peer {
  readonly name: string;
  /** What each module of models imports, besides the models of others. */
  readonly modelImport: string;
  readonly queryImport: string;
  /** Names of one model that other modules import. */
  exportsOf(n: number): readonly string[];
  model(n: number): string;
  /** Between the modules of models and the queries. */
  registry?(): string;
  readonly queries: readonly ((n: number) => string)[];
}

const moduleOf = (n: number): number => Math.floor(n / PER_MODULE);
const next = (n: number): number => (n + 1) % MODELS;
const previous = (n: number): number => (n + MODELS - 1) % MODELS;
const allModels = Array.from({ length: MODELS }, (_, n) => n);

export function programOf(peer: Peer): readonly GeneratedFile[] {
  const imported = (models: readonly number[]): string =>
    models.map((n) => `import { ${peer.exportsOf(n).join(", ")} } from "./models-${moduleOf(n)}.ts";`).join("\n");
  const modules = Array.from({ length: MODELS / PER_MODULE }, (_, index) => {
    const own = allModels.filter((n) => moduleOf(n) === index);
    const others = [...new Set(own.flatMap((n) => [next(n), previous(n)]))].filter((n) => !own.includes(n));
    return {
      name: `models-${index}.ts`,
      text: `${peer.modelImport}\n${imported(others)}\n${own.map((n) => peer.model(n)).join("\n")}`,
    };
  });
  const bodies = Array.from({ length: QUERIES }, (_, index) => {
    const query = peer.queries[Math.floor(index / MODELS)] as (n: number) => string;
    return query(index % MODELS).replace("function q(", `function q${index}(`);
  });
  const queries = `${peer.queryImport}\n${imported(allModels)}\n${peer.registry?.() ?? ""}\n${bodies.join("\n")}\n`;
  return [...modules, { name: "queries.ts", text: queries }];
}

const drizzle: Peer = {
  name: "Drizzle",
  modelImport: `import { relations } from "drizzle-orm";
import { type AnyPgColumn, boolean, integer, jsonb, numeric, pgEnum, pgTable, serial, timestamp, varchar } from "drizzle-orm/pg-core";`,
  queryImport: `import { and, count, desc, eq, gt, inArray, like, max, sql } from "drizzle-orm";
import type { NodePgDatabase } from "drizzle-orm/node-postgres";`,
  exportsOf: (n) => [`m${n}`, `m${n}Relations`],
  model: (n) => `
export const status${n} = pgEnum("status${n}", ["new", "open", "closed"]);
export const m${n} = pgTable("m${n}", {
  id: serial().primaryKey(),
  name: varchar({ length: 50 }).notNull(),
  email: varchar({ length: 100 }).unique(),
  age: integer().notNull().default(0),
  active: boolean().notNull().default(true),
  price: numeric({ precision: 10, scale: 2 }),
  status: status${n}().notNull().default("new"),
  settings: jsonb().$type<{ theme: string; size${n}: number }>(),
  createdAt: timestamp("created_at").notNull().defaultNow(),
  updatedAt: timestamp("updated_at"),
  parentId: integer("parent_id").notNull().references((): AnyPgColumn => m${previous(n)}.id),
});
export const m${n}Relations = relations(m${n}, ({ one, many }) => ({
  parent: one(m${previous(n)}, { fields: [m${n}.parentId], references: [m${previous(n)}.id] }),
  children: many(m${next(n)}),
}));`,
  registry: () => `const schema = { ${allModels.map((n) => `m${n}, m${n}Relations`).join(", ")} };
type Db = NodePgDatabase<typeof schema>;`,
  queries: [
    (n) => `export async function q(db: Db) {
  const rows = await db.select({ id: m${n}.id, name: m${n}.name, email: m${next(n)}.email }).from(m${n}).innerJoin(m${next(n)}, eq(m${next(n)}.parentId, m${n}.id)).where(and(gt(m${n}.age, ${n}), like(m${next(n)}.name, "a%"))).orderBy(desc(m${n}.name)).limit(10);
  return rows.map((row) => row.id + row.name.length + (row.email ?? "").length);
}`,
    (n) => `export async function q(db: Db) {
  const found = await db.query.m${n}.findMany({ where: inArray(m${n}.status, ["new", "open"]), with: { children: { with: { children: true } } } });
  return found.map((object) => object.children.map((child) => child.name + child.children.length));
}`,
    (n) => `export async function q(db: Db) {
  const counts = db.select({ parentId: m${next(n)}.parentId, total: count(m${next(n)}.id).as("total"), latest: max(m${next(n)}.createdAt).as("latest") }).from(m${next(n)}).groupBy(m${next(n)}.parentId).as("counts");
  const rows = await db.select({ label: m${n}.name, total: counts.total, latest: counts.latest }).from(m${n}).innerJoin(counts, eq(counts.parentId, m${n}.id));
  return rows.map((row) => row.label.length + row.total + (row.latest?.getTime() ?? 0));
}`,
    (n) => `export async function q(db: Db) {
  const object = await db.query.m${n}.findFirst({ where: eq(m${n}.id, ${n}), with: { parent: { with: { children: true } } } });
  const [added] = await db.insert(m${n}).values({ name: "x", parentId: 1 }).returning();
  const [child] = await db.insert(m${next(n)}).values({ name: "y", parentId: added?.id ?? 0, settings: { theme: "dark", size${next(n)}: 1 } }).returning();
  const [tuple] = await db.select({ object: m${n}, name: m${next(n)}.name, lower: sql<string>\`lower(\${m${n}.name})\` }).from(m${n}).innerJoin(m${next(n)}, eq(m${next(n)}.parentId, m${n}.id));
  return [object?.parent.children[0]?.name, child?.id, tuple?.object.name, tuple?.name, tuple?.lower];
}`,
  ],
};

const kysely: Peer = {
  name: "Kysely",
  modelImport: 'import type { ColumnType, Generated } from "kysely";',
  queryImport: 'import { type Kysely, sql } from "kysely";',
  exportsOf: (n) => [`type M${n}`],
  model: (n) => `
export interface M${n} {
  id: Generated<number>;
  name: string;
  email: string | null;
  age: Generated<number>;
  active: Generated<boolean>;
  price: string | null;
  status: Generated<"new" | "open" | "closed">;
  settings: { theme: string; size${n}: number } | null;
  createdAt: ColumnType<Date, string | undefined, string>;
  updatedAt: Date | null;
  parentId: number;
}`,
  registry: () => `interface Tables { ${allModels.map((n) => `m${n}: M${n}`).join("; ")} }
type Db = Kysely<Tables>;`,
  queries: [
    (n) => `export async function q(db: Db) {
  const rows = await db.selectFrom("m${n}").innerJoin("m${next(n)}", "m${next(n)}.parentId", "m${n}.id").select(["m${n}.id", "m${n}.name", "m${next(n)}.email"]).where("m${n}.age", ">", ${n}).where("m${next(n)}.name", "like", "a%").orderBy("m${n}.name", "desc").limit(10).execute();
  return rows.map((row) => row.id + row.name.length + (row.email ?? "").length);
}`,
    (n) => `export async function q(db: Db) {
  const found = await db.selectFrom("m${n}").selectAll().where("status", "in", ["new", "open"]).execute();
  const children = await db.selectFrom("m${next(n)}").selectAll().where("parentId", "in", found.map((row) => row.id)).execute();
  const theirs = await db.selectFrom("m${next(next(n))}").selectAll().where("parentId", "in", children.map((row) => row.id)).execute();
  return found.map((object) => children.filter((child) => child.parentId === object.id).map((child) => child.name + theirs.length));
}`,
    (n) => `export async function q(db: Db) {
  const rows = await db.selectFrom("m${n}").innerJoin((eb) => eb.selectFrom("m${next(n)}").select((e) => ["parentId", e.fn.count<number>("id").as("total"), e.fn.max("createdAt").as("latest")]).groupBy("parentId").as("counts"), "counts.parentId", "m${n}.id").select(["m${n}.name as label", "counts.total", "counts.latest"]).execute();
  return rows.map((row) => row.label.length + row.total + (row.latest?.getTime() ?? 0));
}`,
    (n) => `export async function q(db: Db) {
  const object = await db.selectFrom("m${n}").selectAll().where("id", "=", ${n}).executeTakeFirst();
  const added = await db.insertInto("m${n}").values({ name: "x", parentId: 1 }).returningAll().executeTakeFirstOrThrow();
  const child = await db.insertInto("m${next(n)}").values({ name: "y", parentId: added.id, settings: { theme: "dark", size${next(n)}: 1 } }).returningAll().executeTakeFirst();
  const tuple = await db.selectFrom("m${n}").innerJoin("m${next(n)}", "m${next(n)}.parentId", "m${n}.id").selectAll("m${n}").select(["m${next(n)}.name as other", sql<string>\`lower(m${n}.name)\`.as("lower")]).executeTakeFirst();
  return [object?.name, child?.id, tuple?.name, tuple?.other, tuple?.lower];
}`,
  ],
};

const mikroOrm: Peer = {
  name: "MikroORM",
  modelImport: 'import { defineEntity, type InferEntity, p } from "@mikro-orm/postgresql";',
  queryImport: 'import type { EntityManager } from "@mikro-orm/postgresql";',
  exportsOf: (n) => [`M${n}`],
  // a class for each, as its guides have it: without them entities that refer to each other in circles do not infer
  model: (n) => `
const M${n}Schema = defineEntity({
  name: "M${n}",
  properties: {
    id: p.integer().primary(),
    name: p.string().length(50),
    email: p.string().length(100).unique().nullable(),
    age: p.integer().default(0),
    active: p.boolean().default(true),
    price: p.decimal().precision(10).scale(2).nullable(),
    status: p.enum(["new", "open", "closed"] as const).default("new"),
    settings: p.json<{ theme: string; size${n}: number }>().nullable(),
    createdAt: p.datetime().defaultRaw("now()"),
    updatedAt: p.datetime().nullable(),
    parent: () => p.manyToOne(M${previous(n)}),
    children: () => p.oneToMany(M${next(n)}).mappedBy("parent"),
  },
});
export class M${n} extends M${n}Schema.class {
  describe() { return \`\${this.name} of \${this.parent.name}, \${this.children.length} children\`; }
}
M${n}Schema.setClass(M${n});`,
  queries: [
    (n) => `export async function q(em: EntityManager) {
  const rows = await em.find(M${next(n)}, { parent: { age: { $gt: ${n} } }, name: { $like: "a%" } }, { fields: ["email", "parent.name"], orderBy: { parent: { name: "desc" } }, limit: 10 });
  return rows.map((row) => row.id + row.parent.name.length + (row.email ?? "").length);
}`,
    (n) => `export async function q(em: EntityManager) {
  const found = await em.find(M${n}, { status: { $in: ["new", "open"] } }, { populate: ["children.children"] });
  return found.map((object) => object.children.getItems().map((child) => child.describe() + child.parent.name));
}`,
    (n) => `export async function q(em: EntityManager) {
  const counts = em.createQueryBuilder(M${next(n)}, "c").select(["c.parent"]).groupBy("c.parent").having({ "c.age": { $gt: ${n} } });
  const rows = await em.createQueryBuilder(M${n}, "m").innerJoin("m.children", "n").select(["m.name", "n.createdAt"]).getResultList();
  return [counts.getQuery(), rows.map((row) => row.name.length)];
}`,
    (n) => `export async function q(em: EntityManager) {
  const object = await em.findOne(M${n}, ${n}, { populate: ["parent.children"] });
  const added = em.create(M${n}, { name: "x", parent: 1, createdAt: new Date() });
  em.create(M${next(n)}, { name: "y", parent: added, settings: { theme: "dark", size${next(n)}: 1 }, createdAt: new Date() });
  const tuple = await em.findOne(M${next(n)}, { parent: { id: ${n} } }, { populate: ["parent"] });
  return [object?.parent.children.getItems()[0]?.name, tuple?.parent.describe(), tuple?.name];
}`,
  ],
};

const typeorm: Peer = {
  name: "TypeORM",
  modelImport: `import { EntitySchema } from "typeorm";`,
  queryImport: 'import { type DataSource, In, Like, MoreThan } from "typeorm";',
  exportsOf: (n) => [`type M${n}`, `m${n}`],
  model: (n) => `
export interface M${n} {
  id: number;
  name: string;
  email: string | null;
  age: number;
  active: boolean;
  price: string | null;
  status: "new" | "open" | "closed";
  settings: { theme: string; size${n}: number } | null;
  createdAt: Date;
  updatedAt: Date | null;
  parentId: number;
  parent: M${previous(n)};
  children: M${next(n)}[];
}
export const m${n} = new EntitySchema<M${n}>({
  name: "M${n}",
  columns: {
    id: { type: "integer", primary: true, generated: true },
    name: { type: "varchar", length: 50 },
    email: { type: "varchar", length: 100, unique: true, nullable: true },
    age: { type: "integer", default: 0 },
    active: { type: "boolean", default: true },
    price: { type: "numeric", precision: 10, scale: 2, nullable: true },
    status: { type: "enum", enum: ["new", "open", "closed"], default: "new" },
    settings: { type: "jsonb", nullable: true },
    createdAt: { type: "timestamptz", createDate: true },
    updatedAt: { type: "timestamptz", nullable: true },
    parentId: { type: "integer" },
  },
  relations: {
    parent: { type: "many-to-one", target: "M${previous(n)}", joinColumn: { name: "parentId" }, inverseSide: "children" },
    children: { type: "one-to-many", target: "M${next(n)}", inverseSide: "parent" },
  },
});`,
  queries: [
    (n) => `export async function q(db: DataSource) {
  const rows = await db.manager.find(m${next(n)}, { where: { parent: { age: MoreThan(${n}) }, name: Like("a%") }, relations: { parent: true }, order: { parent: { name: "DESC" } }, take: 10 });
  return rows.map((row) => row.id + row.parent.name.length + (row.email ?? "").length);
}`,
    (n) => `export async function q(db: DataSource) {
  const found = await db.manager.find(m${n}, { where: { status: In(["new", "open"]) }, relations: { children: { children: true } } });
  return found.map((object) => object.children.map((child) => child.name + child.parent.name));
}`,
    (n) => `export async function q(db: DataSource) {
  const rows = await db.manager.createQueryBuilder(m${n}, "m").innerJoin("m.children", "n").select("m.name", "label").addSelect("count(n.id)", "total").groupBy("m.name").getRawMany<{ label: string; total: number }>();
  return rows.map((row) => row.label.length + row.total);
}`,
    (n) => `export async function q(db: DataSource) {
  const object = await db.manager.findOne(m${n}, { where: { id: ${n} }, relations: { parent: { children: true } } });
  const added = db.manager.create(m${n}, { name: "x", children: [{ name: "y", settings: { theme: "dark", size${next(n)}: 1 } }] });
  await db.manager.save(added);
  const tuple = await db.manager.findOne(m${next(n)}, { where: { parentId: ${n} }, relations: { parent: true } });
  return [object?.parent.children[0]?.name, tuple?.parent.name, tuple?.name];
}`,
  ],
};

export const peers: readonly Peer[] = [drizzle, kysely, mikroOrm, typeorm];
