import { inlineText } from "../../compile/index.ts";

/** SQL for the names of the tables and views of a database; `null`: the current one. */
export function tableNamesSql(schema: string | null): string {
  const database = schema === null ? "DATABASE()" : inlineText(schema, true);
  return `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${database}`;
}
