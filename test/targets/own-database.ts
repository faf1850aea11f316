// A database of its own for every suite: test files run side by side on one server.
import mariadb from "mariadb";
import pg from "pg";
import { inject } from "vitest";

let created = 0;

function nextName(): string {
  created++;
  return `t_${process.pid}_${created}`;
}

function serverUrl(server: "postgresql" | "mariadb"): string {
  const provided = inject(server);
  if ("skipped" in provided) throw new Error(`no ${server} in this run: ${provided.skipped}`);
  return provided.url;
}

/** Creates an empty PostgreSQL database and returns its URL, for the driver named. */
export async function ownPostgresqlDatabase(driver: string): Promise<string> {
  const url = serverUrl("postgresql");
  const name = nextName();
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return withDriver(url, driver, name);
}

/** Creates an empty MariaDB database and returns its URL, for the driver named. */
export async function ownMariadbDatabase(driver: string): Promise<string> {
  const url = serverUrl("mariadb");
  const name = nextName();
  const connection = await mariadb.createConnection(url);
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  await connection.end();
  return withDriver(url, driver, name);
}

/** `postgresql://postgres@host:1/postgres` → `postgresql+pg://postgres@host:1/name` */
function withDriver(url: string, driver: string, database: string): string {
  return url.replace("://", `+${driver}://`).replace(/[^/]*$/, database);
}
