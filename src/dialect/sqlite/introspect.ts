import { quoteIdentifier } from "../../compile/index.ts";

/** SQL for the names of the tables and views of an attached database; `null`: the main one. */
export function tableNamesSql(schema: string | null): string {
  const database = quoteIdentifier(schema ?? "main", '"');
  return `SELECT name FROM ${database}.sqlite_master WHERE type IN ('table', 'view')`;
}
