import type { AsyncEngine } from "../../src/facade/async-engine.ts";
import { metadata } from "./shapes.ts";

/** Takes all rows out of the tables. */
export async function empty(engine: AsyncEngine, database: string): Promise<void> {
  const connection = await engine.connect();
  const tables = metadata.sortedTables.toReversed();
  if (database === "postgresql") {
    await connection.execDriverSql(`TRUNCATE ${tables.map((table) => `"${table.name}"`).join(", ")} RESTART IDENTITY`);
  } else {
    const [off, on] =
      database === "sqlite"
        ? ["PRAGMA defer_foreign_keys = ON", null]
        : ["SET FOREIGN_KEY_CHECKS = 0", "SET FOREIGN_KEY_CHECKS = 1"];
    await connection.execDriverSql(off);
    for (const { name } of tables) await connection.execDriverSql(`DELETE FROM ${name}`);
    if (on !== null) await connection.execDriverSql(on);
  }
  await connection.commit();
  await connection.close();
}
