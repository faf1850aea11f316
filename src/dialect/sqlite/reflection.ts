import { quoteIdentifier } from "../../compile/index.ts";
import type {
  ReflectedColumn,
  ReflectedForeignKey,
  ReflectedIndex,
  ReflectedTable,
  ReflectedUniqueConstraint,
} from "../../schema/index.ts";
import type { SqlType } from "../../types/index.ts";
import {
  amongNames,
  byTable,
  type CatalogRow,
  groupBy,
  readConditions,
  referenceOptions,
  type Reflection,
  type TableRequest,
} from "../reflection.ts";
import { type CreateTable, readCreateIndex, readCreateTable } from "./create-table.ts";
import { declaredType, readMembership } from "./declared-type.ts";

const OWN = "m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

function masterOf(schema: string | null): string {
  return `${quoteIdentifier(schema ?? "main", '"')}.sqlite_master`;
}

/** The tables asked for, joined with what a table-valued pragma says of each. */
function perTable(
  columns: string,
  pragma: string,
  request: TableRequest,
  rest: string,
): { sql: string; params: unknown[] } {
  const { schema, names, views } = request;
  const kinds = names !== null || views ? "('table', 'view')" : "('table')";
  const among = amongNames("m.name", names, () => "?");
  return {
    sql: `SELECT m.name, ${columns} FROM ${masterOf(schema)} m${pragma} WHERE m.type IN ${kinds} AND ${OWN}${among}${rest}`,
    params: [
      ...(pragma === ""
        ? []
        : pragma
            .split("?")
            .slice(1)
            .map(() => schema ?? "main")),
      ...(names ?? []),
    ],
  };
}

/** SQLite's catalog: table-valued pragmas, and the text of CREATE TABLE for what they leave out. */
export const reflection: Reflection = {
  schemas: { sql: "SELECT name FROM pragma_database_list WHERE name <> 'temp' ORDER BY seq", params: [] },
  relations: (schema) => ({
    sql: `SELECT m.name, m.type, NULL FROM ${masterOf(schema)} m WHERE m.type IN ('table', 'view') AND ${OWN} ORDER BY m.rowid`,
    params: [],
  }),
  tables: (request) => [
    perTable("m.sql", "", request, ""),
    perTable(
      'c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden',
      " JOIN pragma_table_xinfo(m.name, ?) c",
      request,
      " AND c.hidden <> 1 ORDER BY m.name, c.cid",
    ),
    perTable(
      'f.id, f."table", f."from", f."to", f.on_delete, f.on_update',
      " JOIN pragma_foreign_key_list(m.name, ?) f",
      request,
      " ORDER BY m.name, f.id DESC, f.seq",
    ),
    perTable(
      'i.name, i."unique", i.origin, x.cid, x.name, s.sql',
      ` JOIN pragma_index_list(m.name, ?) i JOIN pragma_index_xinfo(i.name, ?) x LEFT JOIN ${masterOf(request.schema)} s ON s.type = 'index' AND s.name = i.name`,
      request,
      " AND x.key = 1 ORDER BY m.name, i.seq DESC, x.seqno",
    ),
    // what references without columns lead to
    {
      sql:
        `SELECT m.name, c.name FROM ${masterOf(request.schema)} m JOIN pragma_table_info(m.name, ?) c ` +
        "WHERE m.type = 'table' AND c.pk > 0 ORDER BY m.name, c.pk",
      params: [request.schema ?? "main"],
    },
  ],
  assemble(answers, request) {
    const [columns, foreignKeys, indexes] = answers.slice(1, 4).map(byTable);
    const keys = new Map<string, [table: string, columns: readonly string[]]>();
    for (const [table, rows] of byTable(answers[4])) {
      keys.set(table.toLowerCase(), [table, rows.map((row) => String(row[1]))]);
    }
    return (answers[0] ?? []).map(([name, sql]) => {
      const table = String(name);
      const rows = {
        columns: columns?.get(table) ?? [],
        foreignKeys: foreignKeys?.get(table) ?? [],
        indexes: indexes?.get(table) ?? [],
      };
      return assembleTable(table, readCreateTable(String(sql)), rows, keys, request.schema);
    });
  },
  viewDefinition: (schema, name) => ({
    sql: `SELECT sql FROM ${masterOf(schema)} WHERE type = 'view' AND name = ?`,
    params: [name],
  }),
  enums: null,
};

interface TableRows {
  readonly columns: readonly CatalogRow[];
  readonly foreignKeys: readonly CatalogRow[];
  readonly indexes: readonly CatalogRow[];
}

function assembleTable(
  name: string,
  definition: CreateTable,
  rows: TableRows,
  keys: ReadonlyMap<string, readonly [table: string, columns: readonly string[]]>,
  schema: string | null,
): ReflectedTable {
  const foreignKeys = assembleForeignKeys(rows.foreignKeys, definition, keys, schema);
  const key = rows.columns
    .filter((row) => Number(row[5]) > 0)
    .sort((left, right) => Number(left[5]) - Number(right[5]));
  const { checks, enumerations } = readConditions(definition.checks, readMembership);
  const referring = new Set(foreignKeys.flatMap(({ constrainedColumns }) => constrainedColumns));
  return {
    name,
    columns: rows.columns.map((row) =>
      assembleColumn(row, key.length === 1, referring, definition.computed, enumerations),
    ),
    primaryKey: { name: definition.primaryKeyName, constrainedColumns: key.map((row) => String(row[1])) },
    foreignKeys,
    ...assembleIndexes(rows.indexes, definition),
    checkConstraints: checks,
  };
}

function assembleColumn(
  [, name, type, notNull, defaultSql, keyPlace, hidden]: CatalogRow,
  isOnlyKey: boolean,
  referring: ReadonlySet<string>,
  expressions: CreateTable["computed"],
  enumerations: ReadonlyMap<string, SqlType>,
): ReflectedColumn {
  const column = String(name);
  const databaseType = String(type ?? "");
  const isKey = Number(keyPlace) > 0;
  const computed = expressions.get(column.toLowerCase());
  // only a key declared exactly INTEGER is SQLite's own row number
  const isRowNumber = isKey && isOnlyKey && databaseType.toUpperCase() === "INTEGER" && !referring.has(column);
  return {
    name: column,
    type: enumerations.get(column) ?? declaredType(databaseType),
    databaseType,
    nullable: Number(notNull) === 0 && !isKey,
    default: defaultSql === null ? null : String(defaultSql),
    autoincrement: isRowNumber && defaultSql === null,
    computed: computed === undefined ? null : { sqltext: computed, persisted: Number(hidden) === 3 },
    comment: null,
    serverOnUpdate: false,
  };
}

function assembleForeignKeys(
  rows: readonly CatalogRow[],
  definition: CreateTable,
  keys: ReadonlyMap<string, readonly [table: string, columns: readonly string[]]>,
  schema: string | null,
): readonly ReflectedForeignKey[] {
  const named = [...definition.foreignKeys];
  return [...groupBy(rows, (row) => String(row[1])).values()].map((group) => {
    const [first = []] = group;
    const columns = group.map((row) => String(row[3]));
    const [referredTable, keyColumns] = keys.get(String(first[2]).toLowerCase()) ?? [String(first[2]), []];
    const place = named.findIndex((one) => one.columns.join("\0") === columns.join("\0").toLowerCase());
    const [written] = place < 0 ? [] : named.splice(place, 1);
    return {
      name: written?.name ?? null,
      constrainedColumns: columns,
      referredSchema: schema,
      referredTable,
      referredColumns: first[4] === null ? keyColumns : group.map((row) => String(row[4])),
      options: referenceOptions(first[5], first[6], written?.deferrable ?? false),
    };
  });
}

function assembleIndexes(
  rows: readonly CatalogRow[],
  definition: CreateTable,
): { readonly uniqueConstraints: readonly ReflectedUniqueConstraint[]; readonly indexes: readonly ReflectedIndex[] } {
  const uniqueConstraints: ReflectedUniqueConstraint[] = [];
  const indexes: ReflectedIndex[] = [];
  for (const [name, group] of groupBy(rows, (row) => String(row[1]))) {
    const [first = []] = group;
    const columnNames = group.map((row) => (Number(row[4]) === -2 ? null : String(row[5])));
    if (first[3] === "u") uniqueConstraints.push(namedUnique(columnNames.map(String), definition));
    if (first[3] !== "c") continue;
    const { expressions, where } = readCreateIndex(String(first[6]));
    indexes.push({
      name,
      columnNames,
      expressions: columnNames.includes(null) ? expressions : null,
      unique: Number(first[2]) === 1,
      where,
      duplicatesConstraint: null,
    });
  }
  return { uniqueConstraints, indexes };
}

function namedUnique(columnNames: readonly string[], definition: CreateTable): ReflectedUniqueConstraint {
  const wanted = columnNames.join("\0").toLowerCase();
  const written = definition.uniques.find(({ columns }) => columns.join("\0") === wanted);
  return { name: written?.name ?? null, columnNames };
}
