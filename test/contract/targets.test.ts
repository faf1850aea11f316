import mariadb from "mariadb";
import pg from "pg";
import { expect, test } from "vitest";
import { describeTargets } from "../targets/index.ts";

describeTargets("a target", (target) => {
  test("has an empty database of its own", async () => {
    const [one, other] = [await target.url(), await target.url()];
    expect(one).toContain(`${target.database}+${target.driver}://`);
    if (target.database === "sqlite") return;
    expect(one).not.toBe(other);
    expect(await tableCount(one)).toBe(0);
  });
});

async function tableCount(url: string): Promise<number> {
  const plain = url.replace(/\+\w+/, "");
  if (plain.startsWith("mariadb:")) {
    const connection = await mariadb.createConnection(plain);
    const rows = await connection.query<unknown[]>("SHOW TABLES");
    await connection.end();
    return rows.length;
  }
  const client = new pg.Client(plain);
  await client.connect();
  const { rowCount } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
  await client.end();
  return rowCount ?? 0;
}
