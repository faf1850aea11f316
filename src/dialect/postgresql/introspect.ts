import { inlineText } from "../../compile/index.ts";

/** SQL for the names of the tables and views of a schema; `null`: what unqualified names find. */
export function tableNamesSql(schema: string | null): string {
  const where =
    schema === null
      ? "pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog'"
      : `n.nspname = ${inlineText(schema, false)}`;
  return (
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " +
    `WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${where}`
  );
}
