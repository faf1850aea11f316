// CREATE VIEW and DROP VIEW.
import { CompileError, UnsupportedCompilationError } from "../errors/index.ts";
import type { CreateView, DropView, QueryNode } from "../sql/index.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { type DialectProfile, SqlWriter } from "./sql-writer.ts";

/** @throws UnsupportedCompilationError for what the dialect's CREATE VIEW does not have. */
export function createViewSql(view: CreateView, dialect: DialectProfile): string {
  const { quote, views } = dialect.features;
  const { materialized } = view;
  if (materialized && !views.materialized) throw unsupported("materialised views", dialect);
  if (view.orReplace && (materialized || !views.orReplace))
    throw unsupported("CREATE OR REPLACE for this view", dialect);
  if (view.ifNotExists && !materialized && !views.ifNotExists) throw unsupported("CREATE VIEW IF NOT EXISTS", dialect);
  const words = [
    "CREATE",
    view.orReplace && "OR REPLACE",
    materialized && "MATERIALIZED",
    "VIEW",
    view.ifNotExists && "IF NOT EXISTS",
  ];
  const columns =
    view.columns === null ? "" : ` (${view.columns.map((name) => quoteIdentifier(name, quote)).join(", ")})`;
  return `${written(words)} ${quoteTable(view, quote)}${columns} AS ${inlineQuery(view.query, dialect)}`;
}

/** Where the database has no CASCADE there is nothing to write: views on a view may outlive it. */
export function dropViewSql(view: DropView, dialect: DialectProfile): string {
  const { quote, views } = dialect.features;
  if (view.materialized && !views.materialized) throw unsupported("materialised views", dialect);
  const words = ["DROP", view.materialized && "MATERIALIZED", "VIEW", view.ifExists && "IF EXISTS"];
  return `${written(words)} ${quoteTable(view, quote)}${view.cascade && views.cascade ? " CASCADE" : ""}`;
}

function written(words: readonly (string | false)[]): string {
  return words.filter((word) => word !== false).join(" ");
}

function unsupported(what: string, dialect: DialectProfile): UnsupportedCompilationError {
  return new UnsupportedCompilationError(`${dialect.name} has no ${what}.`);
}

/** A query as it stands in DDL: values written in. @throws CompileError for one that still waits for a value. */
function inlineQuery(query: QueryNode, dialect: DialectProfile): string {
  const writer = new SqlWriter(dialect, new Map(), { inline: "typed" });
  writer.reserveNames(query);
  const sql = writer.withCtes(writer.write(query));
  if (writer.slots.length === 0) return sql;
  throw new CompileError("A view takes no parameters: write the value into its query.");
}
