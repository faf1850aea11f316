import type {
  ReflectedCheckConstraint,
  ReflectedColumn,
  ReflectedForeignKey,
  ReflectedIndex,
  ReflectedTable,
} from "../../schema/index.ts";
import {
  amongNames,
  byTable,
  type CatalogRow,
  groupBy,
  referenceOptions,
  type Reflection,
  type TableRequest,
} from "../reflection.ts";
import { columnType } from "./column-type.ts";

/** Where MariaDB and MySQL tell the same in different words. */
interface Wording {
  readonly dialect: "mariadb" | "mysql";
  /** The SQL of an index's element that is an expression. */
  readonly indexExpression: string;
  readonly checks: string;
  /** A default as SQL. */
  defaultSql(value: string, extra: string, databaseType: string): string | null;
}

const SCHEMA = "COALESCE(?, DATABASE())";

function where(table: string, request: TableRequest): { readonly sql: string; readonly params: readonly unknown[] } {
  return {
    sql: ` WHERE ${table}.TABLE_SCHEMA = ${SCHEMA}${amongNames(`${table}.TABLE_NAME`, request.names, () => "?")}`,
    params: [request.schema, ...(request.names ?? [])],
  };
}

const COLUMNS =
  "SELECT c.TABLE_NAME, c.COLUMN_NAME, c.COLUMN_TYPE, c.IS_NULLABLE, c.COLUMN_DEFAULT, c.EXTRA, c.COLUMN_COMMENT, " +
  "c.GENERATION_EXPRESSION FROM information_schema.COLUMNS c JOIN information_schema.TABLES t " +
  "ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME";

const FOREIGN_KEYS =
  "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, " +
  "CASE WHEN k.REFERENCED_TABLE_SCHEMA = k.TABLE_SCHEMA THEN ? WHEN k.REFERENCED_TABLE_SCHEMA = DATABASE() THEN NULL ELSE k.REFERENCED_TABLE_SCHEMA END, " +
  "k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE " +
  "FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r " +
  "ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME";

function reflectionOf(wording: Wording): Reflection {
  const indexes =
    `SELECT s.TABLE_NAME, s.INDEX_NAME, s.NON_UNIQUE, s.COLUMN_NAME, ${wording.indexExpression} ` +
    "FROM information_schema.STATISTICS s";
  return {
    schemas: { sql: "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA ORDER BY SCHEMA_NAME", params: [] },
    relations: (schema) => ({
      sql:
        "SELECT t.TABLE_NAME, CASE WHEN t.TABLE_TYPE LIKE '%VIEW%' THEN 'view' ELSE 'table' END, " +
        "CASE WHEN t.TABLE_TYPE LIKE '%VIEW%' THEN NULL ELSE NULLIF(t.TABLE_COMMENT, '') END " +
        `FROM information_schema.TABLES t WHERE t.TABLE_SCHEMA = ${SCHEMA} ORDER BY t.TABLE_NAME`,
      params: [schema],
    }),
    tables(request) {
      const kinds = request.names !== null || request.views ? "" : " AND t.TABLE_TYPE NOT LIKE '%VIEW%'";
      const [columns, keys, statistics, checks] = ["c", "k", "s", "t"].map((table) => where(table, request));
      return [
        {
          sql: `${COLUMNS}${columns?.sql ?? ""}${kinds} ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`,
          params: columns?.params ?? [],
        },
        {
          sql: `${FOREIGN_KEYS}${keys?.sql ?? ""} ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION`,
          params: [request.schema, ...(keys?.params ?? [])],
        },
        {
          sql: `${indexes}${statistics?.sql ?? ""} ORDER BY s.TABLE_NAME, s.INDEX_NAME, s.SEQ_IN_INDEX`,
          params: statistics?.params ?? [],
        },
        {
          sql: `${wording.checks}${checks?.sql ?? ""} ORDER BY t.TABLE_NAME, t.CONSTRAINT_NAME`,
          params: checks?.params ?? [],
        },
      ];
    },
    assemble(answers) {
      const [keys, statistics, checks] = answers.slice(1).map(byTable);
      return [...byTable(answers[0])].map(([name, columns]) =>
        assembleTable(
          name,
          columns,
          { keys: keys?.get(name) ?? [], statistics: statistics?.get(name) ?? [], checks: checks?.get(name) ?? [] },
          wording,
        ),
      );
    },
    viewDefinition: (schema, name) => ({
      sql: `SELECT v.VIEW_DEFINITION FROM information_schema.VIEWS v WHERE v.TABLE_SCHEMA = ${SCHEMA} AND v.TABLE_NAME = ?`,
      params: [schema, name],
    }),
    enums: null,
  };
}

interface TableRows {
  readonly keys: readonly CatalogRow[];
  readonly statistics: readonly CatalogRow[];
  readonly checks: readonly CatalogRow[];
}

function assembleTable(
  name: string,
  columns: readonly CatalogRow[],
  { keys, statistics, checks }: TableRows,
  wording: Wording,
): ReflectedTable {
  const foreignKeys = [...groupBy(keys, (row) => String(row[1])).values()].map(assembleForeignKey);
  const indexes = [...groupBy(statistics, (row) => String(row[1])).values()].map((rows) =>
    assembleIndex(rows, foreignKeys),
  );
  const isKey = (index: ReflectedIndex): boolean => index.name === "PRIMARY";
  const primary = indexes.find(isKey);
  const conditions = checks.map((row) => ({ name: String(row[1]), sqltext: String(row[2]), enumerates: null }));
  return {
    name,
    columns: columns.map((row) => assembleColumn(row, conditions, wording)),
    primaryKey: { name: null, constrainedColumns: primary?.columnNames.map(String) ?? [] },
    foreignKeys,
    // a unique index and a unique constraint are one thing here
    uniqueConstraints: indexes
      .filter((index) => index.unique && !isKey(index) && index.expressions === null)
      .map((index) => ({ name: index.name, columnNames: index.columnNames.map(String) })),
    indexes: indexes.filter((index) => !isKey(index)),
    checkConstraints: conditions.filter(({ sqltext }) => jsonColumn(sqltext) === null),
  };
}

function assembleColumn(
  [, name, type, nullable, value, extra, comment, generated]: CatalogRow,
  checks: readonly ReflectedCheckConstraint[],
  wording: Wording,
): ReflectedColumn {
  const [databaseType, flags] = [String(type), String(extra).toLowerCase()];
  const computed = generated === null || generated === "" ? null : String(generated);
  const isJson = checks.some(({ sqltext }) => jsonColumn(sqltext) === name);
  return {
    name: String(name),
    type: columnType(isJson ? "json" : databaseType, wording.dialect),
    databaseType,
    nullable: nullable === "YES",
    default: value === null || computed !== null ? null : wording.defaultSql(String(value), flags, databaseType),
    autoincrement: flags.includes("auto_increment"),
    computed: computed === null ? null : { sqltext: computed, persisted: !flags.includes("virtual") },
    comment: comment === null || comment === "" ? null : String(comment),
    serverOnUpdate: flags.includes("on update"),
  };
}

/** MariaDB's JSON is text with a condition. */
function jsonColumn(sqltext: string): string | null {
  const match = /^json_valid\(`((?:[^`]|``)*)`\)$/i.exec(sqltext);
  return match?.[1]?.replaceAll("``", "`") ?? null;
}

function assembleForeignKey(rows: readonly CatalogRow[]): ReflectedForeignKey {
  const [, name, , schema, table, , onDelete, onUpdate] = rows[0] ?? [];
  // to refuse at once is what it does by default
  const action = (rule: unknown): unknown => (rule === "RESTRICT" ? "NO ACTION" : rule);
  return {
    name: String(name),
    constrainedColumns: rows.map((row) => String(row[2])),
    referredSchema: schema === null ? null : String(schema),
    referredTable: String(table),
    referredColumns: rows.map((row) => String(row[5])),
    options: referenceOptions(action(onDelete), action(onUpdate), false),
  };
}

function assembleIndex(rows: readonly CatalogRow[], foreignKeys: readonly ReflectedForeignKey[]): ReflectedIndex {
  const [first = []] = rows;
  const name = String(first[1]);
  const columnNames = rows.map((row) => (row[3] === null ? null : String(row[3])));
  const unique = Number(first[2]) === 0;
  const isOfConstraint = (unique && !columnNames.includes(null)) || foreignKeys.some((key) => key.name === name);
  return {
    name,
    columnNames,
    expressions: columnNames.includes(null) ? rows.map((row) => String(row[4] ?? row[3])) : null,
    unique,
    where: null,
    duplicatesConstraint: isOfConstraint ? name : null,
  };
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;

export const mariadbReflection: Reflection = reflectionOf({
  dialect: "mariadb",
  indexExpression: "NULL",
  // without a CONSTRAINT_TYPE, as MariaDB joins this view by the table's name
  checks:
    "SELECT t.TABLE_NAME, t.CONSTRAINT_NAME, t.CHECK_CLAUSE FROM " +
    "(SELECT CONSTRAINT_SCHEMA AS TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS) t",
  defaultSql: (value) => (value === "NULL" ? null : value),
});

const NUMBER = /^-?\d+(\.\d+)?$/;

export const mysqlReflection: Reflection = reflectionOf({
  dialect: "mysql",
  indexExpression: "s.EXPRESSION",
  checks:
    "SELECT t.TABLE_NAME, t.CONSTRAINT_NAME, k.CHECK_CLAUSE FROM information_schema.TABLE_CONSTRAINTS t " +
    "JOIN information_schema.CHECK_CONSTRAINTS k ON k.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND k.CONSTRAINT_NAME = t.CONSTRAINT_NAME",
  // expressions are told as SQL, values without their quotes
  defaultSql(value, extra, databaseType) {
    if (extra.includes("default_generated") || /^current_timestamp(\(\d\))?$/i.test(value)) return value;
    const isNumber = NUMBER.test(value) && !/char|text|enum|set|blob|binary/i.test(databaseType);
    return isNumber || value.startsWith("b'") ? value : quoted(value);
  },
});
