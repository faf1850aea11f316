// The two databases of a run: filled once, in a server and a file of the run's own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import pg from "pg";
import { startPostgresql } from "../test/servers/postgresql.ts";
import { type DatabaseName, schemaOf } from "./schema.ts";
import type { Admin } from "./workloads.ts";

export interface OpenDatabase {
  /** The URL of PostgreSQL, the path of SQLite's file. */
  readonly url: string;
  readonly admin: Admin;
  close(): Promise<void>;
}

/** @param readings how many rows there are to stream. */
export function openDatabase(name: DatabaseName, readings: number): Promise<OpenDatabase> {
  return name === "sqlite" ? openSqlite(readings) : openPostgresql(readings);
}

/** Another look at a database that `openDatabase()` filled. */
export async function openAdmin(database: DatabaseName, url: string): Promise<Admin> {
  return database === "sqlite" ? sqliteAdmin(new Database(url)) : postgresqlAdmin(await connect(url));
}

function sqliteAdmin(db: InstanceType<typeof Database>): Admin {
  return {
    database: "sqlite",
    exec: async (sql) => void db.exec(sql),
    query: async (sql) => db.prepare(sql).all(),
  };
}

function postgresqlAdmin(client: pg.Client): Admin {
  return {
    database: "postgresql",
    exec: async (sql) => void (await client.query(sql)),
    query: async (sql) => (await client.query(sql)).rows as unknown[],
  };
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

async function openSqlite(readings: number): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), "athanor-bench-"));
  const url = join(folder, "bench.db");
  const db = new Database(url);
  // readers beside a writer; the setting stays with the file
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;");
  db.exec(schemaOf("sqlite", readings));
  return {
    url,
    admin: sqliteAdmin(db),
    async close() {
      db.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A server that the tests' own means start, or a database at BENCH_POSTGRESQL_URL, whose tables are replaced. */
async function openPostgresql(readings: number): Promise<OpenDatabase> {
  const given = process.env["BENCH_POSTGRESQL_URL"];
  const server = given === undefined ? await startPostgresql() : null;
  const url = given ?? server?.url ?? "";
  const client = await connect(url);
  await client.query("DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;");
  await client.query(schemaOf("postgresql", readings));
  return {
    url,
    admin: postgresqlAdmin(client),
    async close() {
      await client.end();
      await server?.stop();
    },
  };
}
