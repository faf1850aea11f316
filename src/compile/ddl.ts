// CREATE and DROP for tables, in an order in which references hold.
import { type Column, type Table, type TableForeignKey, viewDefinition, viewRemoval } from "../schema/index.ts";
import { shortenName } from "./constraint-name.ts";
import { columnDefinition, withComment } from "./ddl-column.ts";
import { columnNames, foreignKeyName, foreignKeySql, tableConstraints } from "./ddl-constraint.ts";
import { createViewSql, dropViewSql } from "./ddl-view.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import { inlineText } from "./inline-value.ts";
import type { DialectProfile } from "./sql-writer.ts";

/**
 * The statements that create these tables, given in the order of their references.
 *
 * A reference to a table that comes later is part of a circle: it is added when both are there, or, where the database
 * does not check that a referenced table exists, stands in the table like any other.
 */
export function createTablesSql(tables: readonly Table[], dialect: DialectProfile): readonly string[] {
  const late = lateForeignKeys(tables, dialect);
  return [
    ...tables.flatMap((table) => createTableSql(table, dialect, late.get(table))),
    ...[...late].flatMap(([table, keys]) =>
      keys.map((key) => `ALTER TABLE ${tableSql(table, dialect)} ADD ${foreignKeySql(table, key, dialect)}`),
    ),
  ];
}

/** The statements that drop these tables, given in the order of their references. */
export function dropTablesSql(tables: readonly Table[], dialect: DialectProfile): readonly string[] {
  const late = lateForeignKeys(tables, dialect);
  const quote = dialect.features.quote;
  return [
    ...(dialect.features.alterForeignKeys ? [] : emptyCircles(tables, dialect)),
    ...[...late].flatMap(([table, keys]) =>
      keys.map((key) => {
        const name = quoteIdentifier(foreignKeyName(table, key), quote);
        return `ALTER TABLE ${tableSql(table, dialect)} DROP CONSTRAINT ${name}`;
      }),
    ),
    ...tables.toReversed().map((table) => dropTableSql(table, dialect)),
  ];
}

function dropTableSql(table: Table, dialect: DialectProfile): string {
  if (table.view !== null) return dropViewSql(viewRemoval(table, table.view), dialect);
  return `DROP TABLE ${tableSql(table, dialect)}`;
}

/** CREATE TABLE with its indexes and comments, without the foreign keys left out. */
export function createTableSql(
  table: Table,
  dialect: DialectProfile,
  leftOut: readonly TableForeignKey[] = [],
): readonly string[] {
  if (table.view !== null) {
    // an index is for rows that are stored
    const indexes = table.view.materialized === true ? indexSql(table, dialect) : [];
    return [createViewSql(viewDefinition(table, table.view), dialect), ...indexes];
  }
  const keyed = keyedColumns(table);
  const lines = [
    ...table.columns.map((column) => columnDefinition(table, column, keyed.has(column), dialect)),
    ...tableConstraints(table, dialect),
    ...table.foreignKeys.filter((key) => !leftOut.includes(key)).map((key) => foreignKeySql(table, key, dialect)),
  ];
  const create = `CREATE TABLE ${tableSql(table, dialect)} (\n  ${lines.join(",\n  ")}\n)${dialect.features.tableOptions}`;
  return [withComment(create, table.comment, dialect), ...indexSql(table, dialect), ...commentSql(table, dialect)];
}

function tableSql(table: Table, dialect: DialectProfile): string {
  return quoteTable(table, dialect.features.quote);
}

/** Foreign keys to tables that come later in the list. */
function lateForeignKeys(
  tables: readonly Table[],
  dialect: DialectProfile,
): ReadonlyMap<Table, readonly TableForeignKey[]> {
  const late = new Map<Table, readonly TableForeignKey[]>();
  if (!dialect.features.alterForeignKeys) return late;
  tables.forEach((table, place) => {
    if (table.view !== null) return;
    const keys = table.foreignKeys.filter((key) => tables.indexOf(key.target) > place);
    if (keys.length > 0) late.set(table, keys);
  });
  return late;
}

// dropping a table deletes its rows, which rows of the other tables in the circle still refer to
function emptyCircles(all: readonly Table[], dialect: DialectProfile): readonly string[] {
  const tables = all.filter((table) => table.view === null);
  const circular = tables.filter((table, place) => table.foreignKeys.some((key) => tables.indexOf(key.target) > place));
  if (circular.length === 0) return [];
  return [
    "PRAGMA defer_foreign_keys = ON",
    ...tables.toReversed().map((table) => `DELETE FROM ${tableSql(table, dialect)}`),
  ];
}

function keyedColumns(table: Table): ReadonlySet<Column> {
  return new Set([
    ...table.primaryKey,
    ...table.uniques.flatMap((unique) => unique.columns),
    ...table.indexes.flatMap((index) => index.columns),
    ...table.foreignKeys.flatMap((key) => key.columns),
  ]);
}

function indexSql(table: Table, dialect: DialectProfile): readonly string[] {
  const { quote, attachedSchemas } = dialect.features;
  return table.indexes.map((index) => {
    const name = shortenName(index.name);
    const inSchema = attachedSchemas ? quoteTable({ name, schema: table.schema }, quote) : quoteIdentifier(name, quote);
    const on = attachedSchemas ? quoteIdentifier(table.name, quote) : tableSql(table, dialect);
    return `CREATE ${index.unique ? "UNIQUE " : ""}INDEX ${inSchema} ON ${on} (${columnNames(index.columns, dialect)})`;
  });
}

function commentSql(table: Table, dialect: DialectProfile): readonly string[] {
  if (dialect.features.comments !== "statement") return [];
  const { quote, backslashEscapes } = dialect.features;
  const name = tableSql(table, dialect);
  const own =
    table.comment === null ? [] : [`COMMENT ON TABLE ${name} IS ${inlineText(table.comment, backslashEscapes)}`];
  const columns = table.columns.flatMap((column) =>
    column.spec.comment === undefined
      ? []
      : [
          `COMMENT ON COLUMN ${name}.${quoteIdentifier(column.name, quote)} IS ${inlineText(column.spec.comment, backslashEscapes)}`,
        ],
  );
  return [...own, ...columns];
}
