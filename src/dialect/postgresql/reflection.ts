import type { ReflectedColumn, ReflectedForeignKey, ReflectedIndex, ReflectedTable } from "../../schema/index.ts";
import type { SqlType } from "../../types/index.ts";
import {
  amongNames,
  byTable,
  type CatalogRow,
  readConditions,
  referenceOptions,
  type Reflection,
  type TableRequest,
} from "../reflection.ts";
import { catalogType, readMembership } from "./catalog-type.ts";

const IN_SCHEMA =
  "(CASE WHEN $1::text IS NULL THEN pg_catalog.pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog' ELSE n.nspname = $1::text END)";
const RELATION = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
const KIND = "CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END";

function ofTables(request: TableRequest): string {
  const kinds = request.names !== null || request.views ? "('r', 'p', 'f', 'v', 'm')" : "('r', 'p', 'f')";
  return `${IN_SCHEMA} AND c.relkind IN ${kinds}${amongNames("c.relname", request.names, (index) => `$${index + 2}`)}`;
}

/** The names of a table's columns, in the order of a list of their numbers. */
function columnNames(table: string, numbers: string): string {
  return (
    "ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(" +
    `${numbers}) WITH ORDINALITY k(number, place) JOIN pg_catalog.pg_attribute a ON a.attrelid = ${table} AND a.attnum = k.number ORDER BY k.place)`
  );
}

const COLUMNS =
  "SELECT c.relname, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, " +
  "pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text, " +
  "pg_catalog.col_description(c.oid, a.attnum), a.attndims, " +
  "CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END, " +
  "ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid IN (t.oid, t.typelem) ORDER BY e.enumsortorder) " +
  `FROM ${RELATION} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ` +
  "JOIN pg_catalog.pg_type t ON t.oid = a.atttypid " +
  "LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE ";

const CONSTRAINTS =
  `SELECT c.relname, o.conname, o.contype::text, ${columnNames("o.conrelid", "o.conkey")}, ` +
  "pg_catalog.pg_get_expr(o.conbin, o.conrelid), " +
  "CASE WHEN fn.nspname = n.nspname THEN $1::text WHEN pg_catalog.pg_table_is_visible(fc.oid) THEN NULL ELSE fn.nspname::text END, " +
  `fc.relname, ${columnNames("o.confrelid", "o.confkey")}, o.confdeltype::text, o.confupdtype::text, o.condeferred ` +
  `FROM ${RELATION} JOIN pg_catalog.pg_constraint o ON o.conrelid = c.oid AND o.contype IN ('p', 'u', 'f', 'c') ` +
  "LEFT JOIN pg_catalog.pg_class fc ON fc.oid = o.confrelid LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace WHERE ";

const INDEXES =
  "SELECT c.relname, ic.relname, i.indisunique, " +
  "ARRAY(SELECT a.attname::text FROM pg_catalog.generate_series(1, i.indnkeyatts) k LEFT JOIN pg_catalog.pg_attribute a " +
  "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] > 0 ORDER BY k), " +
  "ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k, true) FROM pg_catalog.generate_series(1, i.indnkeyatts) k ORDER BY k), " +
  "pg_catalog.pg_get_expr(i.indpred, i.indrelid), " +
  "(SELECT o.conname FROM pg_catalog.pg_constraint o WHERE o.conindid = i.indexrelid AND o.contype IN ('u', 'x') LIMIT 1) " +
  `FROM ${RELATION} JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND NOT i.indisprimary ` +
  "JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid WHERE ";

/** PostgreSQL's catalog: three statements for all tables of a schema. */
export const reflection: Reflection = {
  schemas: {
    sql: "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE 'pg\\_%' ORDER BY nspname",
    params: [],
  },
  // numbers grow with creation: a view comes after what it reads
  relations: (schema) => ({
    sql:
      `SELECT c.relname, ${KIND}, pg_catalog.obj_description(c.oid, 'pg_class') FROM ${RELATION} ` +
      `WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND ${IN_SCHEMA} ORDER BY c.oid`,
    params: [schema],
  }),
  tables(request) {
    const [where, params] = [ofTables(request), [request.schema, ...(request.names ?? [])]];
    return [
      { sql: `${COLUMNS}${where} ORDER BY c.relname, a.attnum`, params },
      { sql: `${CONSTRAINTS}${where} ORDER BY c.relname, o.conname`, params },
      { sql: `${INDEXES}${where} ORDER BY c.relname, ic.relname`, params },
    ];
  },
  assemble(answers) {
    const [constraints, indexes] = [byTable(answers[1]), byTable(answers[2])];
    return [...byTable(answers[0])].map(([name, columns]) =>
      assembleTable(name, columns, constraints.get(name) ?? [], indexes.get(name) ?? []),
    );
  },
  viewDefinition: (schema, name) => ({
    sql: `SELECT pg_catalog.pg_get_viewdef(c.oid, true) FROM ${RELATION} WHERE c.relkind IN ('v', 'm') AND ${IN_SCHEMA} AND c.relname = $2`,
    params: [schema, name],
  }),
  enums: (schema) => ({
    sql:
      "SELECT t.typname, ARRAY(SELECT e.enumlabel::text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) " +
      "FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND " +
      "(CASE WHEN $1::text IS NULL THEN pg_catalog.pg_type_is_visible(t.oid) ELSE n.nspname = $1::text END) ORDER BY t.typname",
    params: [schema],
  }),
};

function assembleTable(
  name: string,
  columns: readonly CatalogRow[],
  constraints: readonly CatalogRow[],
  indexes: readonly CatalogRow[],
): ReflectedTable {
  const ofKind = (kind: string): readonly CatalogRow[] => constraints.filter((row) => row[2] === kind);
  const [key] = ofKind("p");
  const conditions = ofKind("c").map((row) => ({ name: String(row[1]), sqltext: String(row[4]) }));
  const { checks, enumerations } = readConditions(conditions, readMembership);
  return {
    name,
    columns: columns.map((row) => assembleColumn(row, enumerations)),
    primaryKey: {
      name: key === undefined ? null : String(key[1]),
      constrainedColumns: key === undefined ? [] : texts(key[3]),
    },
    foreignKeys: ofKind("f").map(assembleForeignKey),
    uniqueConstraints: ofKind("u").map((row) => ({ name: String(row[1]), columnNames: texts(row[3]) })),
    indexes: indexes.map(assembleIndex),
    checkConstraints: checks,
  };
}

function assembleColumn(row: CatalogRow, enumerations: ReadonlyMap<string, SqlType>): ReflectedColumn {
  const [, name, type, notNull, expression, identity, generated, comment, dimensions, base, labels] = row;
  const sql = expression === null ? null : String(expression);
  const isComputed = generated !== "";
  const databaseType = String(type);
  return {
    name: String(name),
    type:
      enumerations.get(String(name)) ??
      catalogType(base === null ? databaseType : String(base), Number(dimensions), texts(labels)),
    databaseType,
    nullable: notNull !== true,
    default: isComputed ? null : sql,
    autoincrement: identity !== "" || (!isComputed && sql !== null && sql.startsWith("nextval(")),
    computed: isComputed && sql !== null ? { sqltext: sql, persisted: generated === "s" } : null,
    comment: comment === null ? null : String(comment),
    serverOnUpdate: false,
  };
}

const actions: Readonly<Record<string, string>> = { c: "cascade", n: "set null", d: "set default", r: "restrict" };

function assembleForeignKey(row: CatalogRow): ReflectedForeignKey {
  const [, name, , columns, , schema, table, targets, onDelete, onUpdate, deferred] = row;
  return {
    name: String(name),
    constrainedColumns: texts(columns),
    referredSchema: schema === null ? null : String(schema),
    referredTable: String(table),
    referredColumns: texts(targets),
    options: referenceOptions(actions[String(onDelete)], actions[String(onUpdate)], deferred === true),
  };
}

function assembleIndex([, name, unique, columns, definitions, where, constraint]: CatalogRow): ReflectedIndex {
  const columnNames = (columns as readonly (string | null)[]).map((column) => column);
  return {
    name: String(name),
    columnNames,
    expressions: columnNames.includes(null) ? texts(definitions) : null,
    unique: unique === true,
    where: where === null ? null : String(where),
    duplicatesConstraint: constraint === null ? null : String(constraint),
  };
}

function texts(value: unknown): readonly string[] {
  return (value as readonly unknown[]).map(String);
}
