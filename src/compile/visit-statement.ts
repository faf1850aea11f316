import { createViewSql, dropViewSql } from "./ddl-view.ts";
import { CompileError } from "../errors/index.ts";
import {
  type CompoundNode,
  constants,
  type DeleteNode,
  type ExpressionNode,
  flatColumns,
  findColumn,
  type FromNode,
  type InsertNode,
  leadingSelect,
  type LiteralNode,
  type Node,
  type QueryNode,
  queryColumns,
  type SelectNode,
  type TargetColumn,
  type UpdateNode,
} from "../sql/index.ts";
import { arrayEncoder } from "./array-encoder.ts";
import type { BindSlot } from "./compiled.ts";
import { mentionedFroms, resolveFroms } from "./resolve-from.ts";
import type { SqlWriter, Visitors } from "./sql-writer.ts";
import { list, orderOperand, selectedOperand, tableName } from "./visit-expression.ts";

/** A query as part of a statement: its columns get the names the outside knows them by. */
export function writeNamedQuery(writer: SqlWriter, query: QueryNode): string {
  const names = queryColumns(query).map((column) => column.name);
  return query.kind === "select" ? writeSelect(writer, query, names) : writeCompound(writer, query, names);
}

function writeSelect(writer: SqlWriter, node: SelectNode, names: readonly string[] | null): string {
  const froms = resolveFroms(node, writer.enclosing);
  const { selected, bareColumns } = writer;
  writer.enclosing.push(froms);
  writer.selected = flatColumns(node.columns);
  writer.bareColumns = false;
  try {
    let sql = `SELECT ${distinctSql(writer, node)}${columnsSql(writer, node.columns, names)}`;
    if (froms.length > 0) sql += ` FROM ${froms.map((from) => writer.write(from)).join(", ")}`;
    sql += where(writer, node.where);
    if (node.groupBy.length > 0) {
      sql += ` GROUP BY ${node.groupBy.map((item) => selectedOperand(writer, item)).join(", ")}`;
    }
    if (node.having.length > 0) sql += ` HAVING ${conditions(writer, node.having)}`;
    sql += tail(writer, node);
    return node.forUpdate === null ? sql : `${sql}${writer.write(node.forUpdate)}`;
  } finally {
    writer.enclosing.pop();
    writer.selected = selected;
    writer.bareColumns = bareColumns;
  }
}

function distinctSql(writer: SqlWriter, node: SelectNode): string {
  if (!node.distinct) return "";
  if (node.distinctOn.length === 0) return "DISTINCT ";
  if (!writer.features.distinctOn)
    writer.unsupported("DISTINCT ON; use a window function such as func.rowNumber().over(…)");
  return `DISTINCT ON (${list(writer, node.distinctOn)}) `;
}

function columnsSql(writer: SqlWriter, columns: readonly ExpressionNode[], names: readonly string[] | null): string {
  const flat = flatColumns(columns);
  if (flat.length === 0) return "1";
  return flat
    .map((column, index) => columnSql(writer, column, names === null ? null : (names[index] ?? null)))
    .join(", ");
}

function columnSql(writer: SqlWriter, column: ExpressionNode, name: string | null): string {
  const sql = writer.write(column);
  const label = column.kind === "label" ? column.name : name;
  if (label === null || (column.kind === "column" && column.name === label)) return sql;
  return `${sql} AS ${writer.quote(label)}`;
}

function where(writer: SqlWriter, criteria: readonly ExpressionNode[]): string {
  return criteria.length === 0 ? "" : ` WHERE ${conditions(writer, criteria)}`;
}

function conditions(writer: SqlWriter, criteria: readonly ExpressionNode[]): string {
  const [only] = criteria;
  if (criteria.length === 1 && only !== undefined) return writer.write(only);
  return writer.write({ kind: "junction", operator: "and", items: criteria, type: constants.true.type });
}

function tail(writer: SqlWriter, node: SelectNode | CompoundNode): string {
  let sql = "";
  if (node.orderBy.length > 0) sql += ` ORDER BY ${node.orderBy.map((item) => orderOperand(writer, item)).join(", ")}`;
  if (node.limit !== null) sql += ` LIMIT ${countSql(writer, node.limit)}`;
  else if (node.offset !== null && writer.features.unlimited !== null) sql += ` LIMIT ${writer.features.unlimited}`;
  if (node.offset !== null) sql += ` OFFSET ${countSql(writer, node.offset)}`;
  return sql;
}

function countSql(writer: SqlWriter, node: ExpressionNode): string {
  return node.kind === "literal" ? writer.literal(node, false) : writer.write(node);
}

function writeCompound(writer: SqlWriter, node: CompoundNode, names: readonly string[] | null): string {
  const queries = node.queries.map((query, index) => memberSql(writer, query, index === 0 ? names : null));
  const { selected } = writer;
  writer.selected = flatColumns(leadingSelect(node).columns);
  const sql = queries.join(` ${node.operator.toUpperCase()} `) + compoundTail(writer, node);
  writer.selected = selected;
  return sql;
}

// the order of a compound goes by the names of its columns: their tables are out of sight
function compoundTail(writer: SqlWriter, node: CompoundNode): string {
  const outer = writer.bareColumns;
  writer.bareColumns = true;
  const sql = tail(writer, node);
  writer.bareColumns = outer;
  return sql;
}

function memberSql(writer: SqlWriter, query: QueryNode, names: readonly string[] | null): string {
  const sql = query.kind === "select" ? writeSelect(writer, query, names) : writeCompound(writer, query, names);
  const bare = query.kind === "select" && query.orderBy.length === 0 && query.limit === null && query.offset === null;
  if (bare) return sql;
  return writer.features.compoundParentheses ? `(${sql})` : `SELECT * FROM (${sql})`;
}

interface ColumnValue {
  readonly column: string;
  readonly sql: (writer: SqlWriter) => string;
}

/** What fills the columns for which no value is given: defaults made by the program. */
function defaultsFor(
  columns: readonly TargetColumn[],
  given: ReadonlySet<string>,
  when: "onInsert" | "onUpdate",
): readonly ColumnValue[] {
  return columns.flatMap((column) => {
    const make = column[when];
    if (make === null || given.has(column.name)) return [];
    return [{ column: column.name, sql: (writer: SqlWriter) => generated(writer, column, make) }];
  });
}

function generated(writer: SqlWriter, column: TargetColumn, make: (() => unknown) | ExpressionNode): string {
  if (typeof make !== "function") return writer.write(make);
  return writer.placeholder({ ...parameterSlot(writer, column), name: null, required: false, generate: make });
}

function parameterSlot(writer: SqlWriter, column: TargetColumn): BindSlot {
  const encode = writer.encoder(column.type);
  return { index: -1, name: column.key, required: true, generate: null, constant: undefined, encode, expanding: null };
}

/** Columns whose values are given as parameters when the statement is executed. */
function parameterColumns(writer: SqlWriter, node: InsertNode | UpdateNode): readonly ColumnValue[] {
  return (writer.parameterKeys ?? []).map((key) => {
    const column = findColumn(node.target, key);
    return {
      column: column.name,
      sql: (): string => writer.placeholder({ ...parameterSlot(writer, column), name: key }),
    };
  });
}

function valueSql(writer: SqlWriter, node: ExpressionNode): string {
  return node.kind === "literal" ? writer.literal(node, false) : writer.write(node);
}

function writeInsert(writer: SqlWriter, node: InsertNode): string {
  const given = node.columns === null ? parameterColumns(writer, node) : [];
  const names = node.columns ?? given.map((value) => value.column);
  const defaults = node.query === null ? defaultsFor(node.target.columns, new Set(names), "onInsert") : [];
  const all = [...names, ...defaults.map((value) => value.column)];
  let sql = `INSERT INTO ${tableName(writer, node.table)}`;
  if (all.length === 0 && node.query === null) sql += ` ${writer.features.emptyInsert}`;
  else {
    sql += ` (${all.map((name) => writer.quote(name)).join(", ")}) `;
    sql +=
      node.query === null
        ? `VALUES ${rowsSql(writer, node, given, defaults)}`
        : insertedQuery(writer, node, node.query);
  }
  if (node.onConflict !== null) sql += writer.write(node.onConflict);
  return writer.withCtes(sql + returning(writer, node.returning, "insert"));
}

// WITH stands before the SELECT: MariaDB knows no WITH before INSERT, everybody takes it here
function insertedQuery(writer: SqlWriter, node: InsertNode, query: QueryNode): string {
  // without a WHERE, SQLite reads the ON of ON CONFLICT as the condition of a join
  const isOpen = node.onConflict !== null && query.kind === "select" && query.where.length === 0;
  return writer.withCtes(writeNamedQuery(writer, isOpen ? { ...query, where: [constants.true] } : query));
}

function rowsSql(
  writer: SqlWriter,
  node: InsertNode,
  given: readonly ColumnValue[],
  defaults: readonly ColumnValue[],
): string {
  const width = node.columns?.length ?? 0;
  if (node.columns === null) return `(${[...given, ...defaults].map((value) => value.sql(writer)).join(", ")})`;
  const rows: string[] = [];
  for (let start = 0; start < Math.max(node.values.length, 1); start += Math.max(width, 1)) {
    const values = node.values.slice(start, start + width).map((value) => valueSql(writer, value));
    rows.push(`(${[...values, ...defaults.map((value) => value.sql(writer))].join(", ")})`);
  }
  return rows.join(", ");
}

function writeUpdate(writer: SqlWriter, node: UpdateNode): string {
  const froms = changeFroms(node, [...node.values, ...node.where]);
  const given = node.columns === null ? parameterColumns(writer, node) : [];
  const names = node.columns ?? given.map((value) => value.column);
  const defaults = defaultsFor(node.target.columns, new Set(names), "onUpdate");
  if (names.length === 0)
    throw new CompileError("update() has no values. Give them with .values({ … }) or as parameters.");
  writer.enclosing.push([node.table, ...froms]);
  const joined = froms.length > 0 && writer.features.updateFrom === "join";
  const target = [tableName(writer, node.table), ...(joined ? froms.map((from) => writer.write(from)) : [])].join(", ");
  const set = [
    ...node.values.map((value, index) =>
      assignment(writer, node, names[index] ?? "", () => valueSql(writer, value), joined),
    ),
    ...[...given, ...defaults].map((value) => assignment(writer, node, value.column, () => value.sql(writer), joined)),
  ].join(", ");
  const from = froms.length > 0 && !joined ? ` FROM ${froms.map((item) => writer.write(item)).join(", ")}` : "";
  const sql = `UPDATE ${target} SET ${set}${from}${where(writer, node.where)}${returning(writer, node.returning, "update", froms.length === 0)}`;
  writer.enclosing.pop();
  return writer.withCtes(sql);
}

function assignment(
  writer: SqlWriter,
  node: UpdateNode,
  name: string,
  value: () => string,
  qualified: boolean,
): string {
  const column = qualified ? `${tableName(writer, node.table)}.${writer.quote(name)}` : writer.quote(name);
  return `${column} = ${value()}`;
}

function writeDelete(writer: SqlWriter, node: DeleteNode): string {
  const froms = changeFroms(node, node.where);
  writer.enclosing.push([node.table, ...froms]);
  const table = tableName(writer, node.table);
  let sql = `DELETE FROM ${table}`;
  if (froms.length > 0) {
    const others = froms.map((from) => writer.write(from)).join(", ");
    const form = writer.features.deleteFrom;
    if (form === null) writer.unsupported("DELETE over several tables; use a subquery with in() or exists()");
    sql = form === "join" ? `DELETE ${table} FROM ${table}, ${others}` : `${sql} USING ${others}`;
  }
  sql += where(writer, node.where) + returning(writer, node.returning, "delete", froms.length === 0);
  writer.enclosing.pop();
  return writer.withCtes(sql);
}

function changeFroms(node: UpdateNode | DeleteNode, nodes: readonly Node[]): readonly FromNode[] {
  const mentioned = mentionedFroms(nodes).filter((from) => from !== node.table && !node.from.includes(from));
  return [...node.from, ...mentioned];
}

function returning(
  writer: SqlWriter,
  columns: readonly ExpressionNode[],
  verb: "insert" | "update" | "delete",
  bare = true,
): string {
  if (columns.length === 0) return "";
  if (!writer.features.returning[verb]) {
    writer.unsupported(`RETURNING for ${verb.toUpperCase()}; run a SELECT before or after instead`);
  }
  const outer = writer.bareColumns;
  writer.bareColumns = bare; // with several tables a name alone could be either's
  const sql = ` RETURNING ${columnsSql(writer, columns, null)}`;
  writer.bareColumns = outer;
  return sql;
}

/** How statements and FROM elements are written; the same for every dialect but for what `features` says. */
export const statementVisitors: Pick<
  Visitors,
  | "select"
  | "compound"
  | "insert"
  | "update"
  | "delete"
  | "text"
  | "ddl"
  | "on-conflict"
  | "for-update"
  | "table"
  | "alias"
  | "cte"
  | "join"
  | "join-step"
  | "values"
  | "raw-from"
> = {
  select: (writer, node) => writeSelect(writer, node, null),
  compound: (writer, node) => writeCompound(writer, node, null),
  insert: writeInsert,
  update: writeUpdate,
  delete: writeDelete,
  text(writer, node) {
    return node.pieces
      .map((piece, index) => {
        const bind = node.binds[index];
        if (bind === undefined) return writer.raw(piece);
        if (bind.kind === "column") return writer.raw(piece) + writer.write(bind);
        return textBind(writer, writer.raw(piece), bind);
      })
      .join("");
  },
  ddl: (writer, { construct }) =>
    construct.verb === "create view"
      ? createViewSql(construct, writer.dialect)
      : dropViewSql(construct, writer.dialect),
  "on-conflict": (writer, node) =>
    writer.unsupported(node.style === "conflict" ? "ON CONFLICT" : "ON DUPLICATE KEY UPDATE"),
  "for-update"(writer, node) {
    const locks = writer.features.rowLocks;
    if (locks === null) return ""; // SQLite locks the whole database; there is nothing to write
    // where a weaker lock, or one on some tables only, does not exist, the stronger one is taken
    let sql = node.read ? ` ${locks.share}` : " FOR UPDATE";
    if (node.keyShare && locks.keyShare) sql = node.read ? " FOR KEY SHARE" : " FOR NO KEY UPDATE";
    if (node.of.length > 0 && locks.of) sql += ` OF ${node.of.map((from) => lockedName(writer, from)).join(", ")}`;
    if (node.nowait) sql += " NOWAIT";
    return node.skipLocked ? `${sql} SKIP LOCKED` : sql;
  },
  table: (writer, node) => tableName(writer, node),
  alias(writer, node) {
    const name = writer.quote(writer.aliasName(node));
    if (node.source.kind === "table") return `${writer.write(node.source)} AS ${name}`;
    if (node.source.kind === "values") return `(${writer.write(node.source)}) AS ${name}`;
    if (node.lateral && !writer.features.lateral) writer.unsupported("LATERAL");
    const hidden = node.lateral ? [] : writer.enclosing.splice(0);
    const sql = `${node.lateral ? "LATERAL " : ""}(${writeNamedQuery(writer, node.source)}) AS ${name}`;
    writer.enclosing.push(...hidden);
    return sql;
  },
  cte(writer, node) {
    const hidden = writer.enclosing.splice(0);
    const name = writer.cte(node, (query) => writeNamedQuery(writer, query));
    writer.enclosing.push(...hidden);
    return writer.quote(name);
  },
  join(writer, node) {
    if (node.full && !writer.features.fullJoin) writer.unsupported("FULL OUTER JOIN");
    const kind = node.full ? "FULL OUTER JOIN" : node.outer ? "LEFT OUTER JOIN" : "JOIN";
    const left = writer.write(node.left);
    const right = node.right.kind === "join" ? `(${writer.write(node.right)})` : writer.write(node.right);
    return `${left} ${kind} ${right} ON ${node.on === null ? writer.features.booleanLiterals[1] : writer.write(node.on)}`;
  },
  "join-step": (writer, node) => writer.write(node.target),
  values(writer, node) {
    const width = node.columns.length;
    const rows: string[] = [];
    for (let start = 0; start < node.rows.length; start += width) {
      rows.push(`(${list(writer, node.rows.slice(start, start + width))})`);
    }
    return `VALUES ${rows.join(", ")}`;
  },
  "raw-from": (writer, node) => writer.raw(node.sql),
};

/** A table as FOR UPDATE OF names it: its alias, or its name without a schema. */
function lockedName(writer: SqlWriter, from: FromNode): string {
  if (from.kind === "table") return writer.quote(from.name);
  if (from.kind === "alias" || from.kind === "cte") return writer.quote(writer.aliasName(from));
  throw new CompileError("withForUpdate({ of }) takes tables, mapped classes and aliases.");
}

const NOTHING = "SELECT NULL WHERE 1 = 0";

function textBind(writer: SqlWriter, before: string, bind: LiteralNode): string {
  if (!bind.expanding || writer.inline) return before + writer.literal(bind, false);
  if (writer.features.inList === "any") return textArray(writer, before, bind);
  const expanding = { encoders: [undefined], tuple: false, prefix: "", empty: NOTHING, orOne: true };
  return before + writer.placeholder({ ...writer.slotOf(bind, null), expanding });
}

const IN = /\b(NOT\s+)?IN\s*\(\s*$/i;

// one statement for lists of any length, and an empty one needs no type
function textArray(writer: SqlWriter, before: string, bind: LiteralNode): string {
  const encode = arrayEncoder(bind.type, writer.dialect.types);
  const array = writer.placeholder(
    writer.slotOf(bind, (value: unknown) => encode(Array.isArray(value) ? value : [value])),
  );
  return (
    before.replace(IN, (_in, negated: string | undefined) => (negated === undefined ? "= ANY(" : "<> ALL(")) + array
  );
}
