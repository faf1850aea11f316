// Constraints, in CREATE TABLE and on their own.
import {
  CheckConstraint,
  type Column,
  PrimaryKeyConstraint,
  type Table,
  type TableForeignKey,
} from "../schema/index.ts";
import { booleanType } from "../types/index.ts";
import { literalNode } from "../sql/index.ts";
import { constraintName } from "./constraint-name.ts";
import { definesPrimaryKey, inlineSql } from "./ddl-column.ts";
import { quoteIdentifier, quoteTable } from "./identifier.ts";
import type { DialectProfile } from "./sql-writer.ts";

/** PRIMARY KEY, UNIQUE and CHECK of a table. */
export function tableConstraints(table: Table, dialect: DialectProfile): readonly string[] {
  return [...primaryKeySql(table, dialect), ...uniqueSql(table, dialect), ...checkSql(table, dialect)];
}

function primaryKeySql(table: Table, dialect: DialectProfile): readonly string[] {
  if (table.primaryKey.length === 0 || definesPrimaryKey(table, dialect)) return [];
  const item = table.items.find((known) => known instanceof PrimaryKeyConstraint);
  return [named(item?.name ?? null, `PRIMARY KEY (${columnNames(table.primaryKey, dialect)})`, dialect)];
}

function uniqueSql(table: Table, dialect: DialectProfile): readonly string[] {
  return table.uniques.map((unique) => named(unique.name, `UNIQUE (${columnNames(unique.columns, dialect)})`, dialect));
}

function checkSql(table: Table, dialect: DialectProfile): readonly string[] {
  const enumerations = dialect.features.nativeEnum
    ? []
    : table.columns.filter(({ type }) => type.kind === "enumeration" && type.native?.dialect !== dialect.name);
  const checks = table.items.filter((item) => item instanceof CheckConstraint);
  return [
    ...enumerations.map((column) => `CHECK (${membershipSql(column, dialect)})`),
    ...checks.map((check) => named(check.name, `CHECK (${inlineSql(check.condition.toNode(), dialect)})`, dialect)),
  ];
}

function membershipSql(column: Column, dialect: DialectProfile): string {
  // the members are what the database stores: a conversion around the type is not theirs
  const { conversions: _conversions, ...type } = column.type;
  const right = literalNode(column.type.values ?? [], type, { expanding: true });
  return inlineSql(
    { kind: "binary", operator: "in", left: column.toNode(), right, type: booleanType, escape: null },
    dialect,
  );
}

/** A foreign key, as part of CREATE TABLE or after ADD. */
export function foreignKeySql(table: Table, key: TableForeignKey, dialect: DialectProfile): string {
  const { quote, deferrable, attachedSchemas } = dialect.features;
  const { onDelete, onUpdate } = key.options;
  const target = attachedSchemas ? quoteIdentifier(key.target.name, quote) : quoteTable(key.target, quote);
  let sql = `FOREIGN KEY (${columnNames(key.columns, dialect)}) REFERENCES ${target} (${columnNames(key.targetColumns, dialect)})`;
  if (onDelete !== undefined) sql += ` ON DELETE ${onDelete.toUpperCase()}`;
  if (onUpdate !== undefined) sql += ` ON UPDATE ${onUpdate.toUpperCase()}`;
  if (key.options.deferrable === true && deferrable) sql += " DEFERRABLE INITIALLY DEFERRED";
  return named(foreignKeyName(table, key), sql, dialect);
}

/** The name a foreign key is created and dropped under. */
export function foreignKeyName(table: Table, key: TableForeignKey): string {
  const columns = key.columns.map((column) => column.name);
  return key.options.name ?? constraintName("fk", table.name, columns);
}

/** Columns' names in quotes, separated by commas. */
export function columnNames(columns: readonly Column[], dialect: DialectProfile): string {
  return columns.map((column) => quoteIdentifier(column.name, dialect.features.quote)).join(", ");
}

function named(name: string | null, sql: string, dialect: DialectProfile): string {
  return name === null ? sql : `CONSTRAINT ${quoteIdentifier(name, dialect.features.quote)} ${sql}`;
}
