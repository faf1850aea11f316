// Drizzle's tables, which each database has its own functions for.
import { relations } from "drizzle-orm";
import * as pg from "drizzle-orm/pg-core";
import * as sqlite from "drizzle-orm/sqlite-core";

function postgresqlTables() {
  const { boolean, doublePrecision, integer, pgTable, text, timestamp } = pg;
  const id = () => integer().primaryKey().generatedByDefaultAsIdentity();
  return {
    authors: pgTable("authors", {
      id: id(),
      name: text().notNull(),
      email: text().notNull(),
      karma: integer().notNull(),
    }),
    posts: pgTable("posts", {
      id: id(),
      authorId: integer("author_id").notNull(),
      title: text().notNull(),
      body: text().notNull(),
      score: integer().notNull(),
      rating: doublePrecision().notNull(),
      published: boolean().notNull(),
      createdAt: timestamp("created_at", { withTimezone: true, precision: 3, mode: "date" }).notNull(),
    }),
    comments: pgTable("comments", {
      id: id(),
      postId: integer("post_id").notNull(),
      commenter: text().notNull(),
      body: text().notNull(),
    }),
    tags: pgTable("tags", { id: id(), name: text().notNull() }),
    postTags: pgTable("post_tags", { postId: integer("post_id").notNull(), tagId: integer("tag_id").notNull() }),
    entries: pgTable("entries", {
      id: id(),
      name: text().notNull(),
      amount: integer().notNull(),
      price: doublePrecision().notNull(),
      active: boolean().notNull(),
      note: text(),
    }),
    parents: pgTable("parents", { id: id(), name: text().notNull() }),
    children: pgTable("children", {
      id: id(),
      parentId: integer("parent_id").notNull(),
      name: text().notNull(),
      amount: integer().notNull(),
    }),
    counters: pgTable("counters", { id: id(), name: text().notNull(), hits: integer().notNull() }),
    customers: pgTable("customers", { id: id(), name: text().notNull(), balance: integer().notNull() }),
    orders: pgTable("orders", {
      id: id(),
      customerId: integer("customer_id").notNull(),
      status: text().notNull(),
      total: integer().notNull(),
    }),
    orderLines: pgTable("order_lines", {
      id: id(),
      orderId: integer("order_id").notNull(),
      product: text().notNull(),
      quantity: integer().notNull(),
      price: integer().notNull(),
    }),
  };
}

export type DrizzleTables = ReturnType<typeof postgresqlTables>;

function sqliteTables() {
  const { customType, integer, real, sqliteTable, text } = sqlite;
  const id = () => integer().primaryKey();
  const boolean = () => integer({ mode: "boolean" });
  const timestamp = customType<{ data: Date; driverData: string }>({
    dataType: () => "timestamp",
    fromDriver: (value) => new Date(`${value.replace(" ", "T")}Z`),
    toDriver: (value) => value.toISOString().replace("T", " ").slice(0, -1),
  });
  return {
    authors: sqliteTable("authors", {
      id: id(),
      name: text().notNull(),
      email: text().notNull(),
      karma: integer().notNull(),
    }),
    posts: sqliteTable("posts", {
      id: id(),
      authorId: integer("author_id").notNull(),
      title: text().notNull(),
      body: text().notNull(),
      score: integer().notNull(),
      rating: real().notNull(),
      published: boolean().notNull(),
      createdAt: timestamp("created_at").notNull(),
    }),
    comments: sqliteTable("comments", {
      id: id(),
      postId: integer("post_id").notNull(),
      commenter: text().notNull(),
      body: text().notNull(),
    }),
    tags: sqliteTable("tags", { id: id(), name: text().notNull() }),
    postTags: sqliteTable("post_tags", { postId: integer("post_id").notNull(), tagId: integer("tag_id").notNull() }),
    entries: sqliteTable("entries", {
      id: id(),
      name: text().notNull(),
      amount: integer().notNull(),
      price: real().notNull(),
      active: boolean().notNull(),
      note: text(),
    }),
    parents: sqliteTable("parents", { id: id(), name: text().notNull() }),
    children: sqliteTable("children", {
      id: id(),
      parentId: integer("parent_id").notNull(),
      name: text().notNull(),
      amount: integer().notNull(),
    }),
    counters: sqliteTable("counters", { id: id(), name: text().notNull(), hits: integer().notNull() }),
    customers: sqliteTable("customers", { id: id(), name: text().notNull(), balance: integer().notNull() }),
    orders: sqliteTable("orders", {
      id: id(),
      customerId: integer("customer_id").notNull(),
      status: text().notNull(),
      total: integer().notNull(),
    }),
    orderLines: sqliteTable("order_lines", {
      id: id(),
      orderId: integer("order_id").notNull(),
      product: text().notNull(),
      quantity: integer().notNull(),
      price: integer().notNull(),
    }),
  };
}

/** Of either database; typed as PostgreSQL's, whose queries are written alike. */
export const drizzleTables = (database: "postgresql" | "sqlite"): DrizzleTables =>
  database === "postgresql" ? postgresqlTables() : (sqliteTables() as unknown as DrizzleTables);

export function drizzleSchema({ authors, posts, comments, ...rest }: DrizzleTables) {
  return {
    authors,
    posts,
    comments,
    ...rest,
    authorRelations: relations(authors, ({ many }) => ({ posts: many(posts) })),
    postRelations: relations(posts, ({ one, many }) => ({
      author: one(authors, { fields: [posts.authorId], references: [authors.id] }),
      comments: many(comments),
    })),
    commentRelations: relations(comments, ({ one }) => ({
      post: one(posts, { fields: [comments.postId], references: [posts.id] }),
    })),
  };
}
