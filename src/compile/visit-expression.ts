import { CompileError, InvalidRequestError } from "../errors/index.ts";
import {
  AND_PRECEDENCE,
  ATOM,
  BETWEEN_PRECEDENCE,
  type BinaryNode,
  type ExpressionNode,
  type LiteralNode,
  NEGATE_PRECEDENCE,
  NOT_PRECEDENCE,
  operators,
  OR_PRECEDENCE,
  type OverNode,
} from "../sql/index.ts";
import type { SqlType } from "../types/index.ts";
import { arrayEncoder } from "./array-encoder.ts";
import type { ExpandingSlot } from "./compiled.ts";
import { quoteTable } from "./identifier.ts";
import type { SqlWriter, Visitors } from "./sql-writer.ts";

/** How tightly an expression holds together when written. */
function precedence(node: ExpressionNode): number {
  switch (node.kind) {
    case "binary":
      return operators[node.operator]?.precedence ?? 6;
    case "junction":
      return node.operator === "and" ? AND_PRECEDENCE : OR_PRECEDENCE;
    case "between":
      return BETWEEN_PRECEDENCE;
    case "unary":
      return node.operator === "not" ? NOT_PRECEDENCE : node.operator === "neg" ? NEGATE_PRECEDENCE : ATOM;
    case "text":
    case "raw":
      return 0; // who knows what it holds
    case "cast":
      return node.silent ? precedence(node.operand) : ATOM;
    case "label":
      return precedence(node.operand);
    default:
      return ATOM;
  }
}

/** An operand: in parentheses when it binds less tightly than its surroundings. A literal takes the other side's type. */
function operand(
  writer: SqlWriter,
  node: ExpressionNode,
  atLeast: number,
  beside: ExpressionNode | null = null,
): string {
  const inner = node.kind === "label" ? node.operand : node;
  if (inner.kind === "literal")
    return writer.literal(inner, writer.features.castParameters && !tellsType(beside, inner.type));
  const sql = writer.write(inner);
  return precedence(inner) < atLeast ? `(${sql})` : sql;
}

const alike: Readonly<Record<string, string>> = { unicode: "string", enumeration: "string", smallint: "integer" };

function tellsType(beside: ExpressionNode | null, type: SqlType): boolean {
  if (beside === null || beside.kind === "literal" || beside.kind === "constant" || beside.kind === "text")
    return false;
  const kind = beside.type.kind;
  return (alike[kind] ?? kind) === (alike[type.kind] ?? type.kind);
}

function writeBinary(writer: SqlWriter, node: BinaryNode): string {
  switch (node.operator) {
    case "in":
    case "notIn":
      return writeIn(writer, node);
    case "ilike":
    case "notIlike":
      if (!writer.features.ilike) return writeLowered(writer, node);
      break;
    case "isDistinctFrom":
    case "isNotDistinctFrom":
      return writeDistinctFrom(writer, node);
    case "concat":
      if (writer.features.concat === "function") {
        return `CONCAT(${operand(writer, node.left, 0)}, ${operand(writer, node.right, 0, node.left)})`;
      }
      break;
    case "div":
      return writeDivision(writer, node);
  }
  return writePlain(writer, node, operators[node.operator]?.token ?? node.operator);
}

function writePlain(writer: SqlWriter, node: BinaryNode, token: string): string {
  const { precedence: own, associative } = operators[node.operator] ?? { precedence: 6, associative: false };
  const left = operand(writer, node.left, own + (own === 5 ? 1 : 0), node.right);
  const right = operand(writer, node.right, own + (associative ? 0 : 1), node.left);
  return `${left} ${token} ${right}${escapeSql(writer, node)}`;
}

/** ESCAPE, where a backslash escapes only when told, or another character is to escape. */
function escapeSql(writer: SqlWriter, node: BinaryNode): string {
  const isLike = node.operator in likeOperators;
  if (!isLike || ((node.escape ?? "\\") === "\\" && writer.features.likeEscapes)) return "";
  return ` ESCAPE ${escapeText(writer, node.escape ?? "\\")}`;
}

const likeOperators = { like: true, notLike: true, ilike: true, notIlike: true };

function escapeText(writer: SqlWriter, escape: string): string {
  return escape === "\\" && writer.features.backslashEscapes ? "'\\\\'" : `'${escape.replaceAll("'", "''")}'`;
}

function writeLowered(writer: SqlWriter, node: BinaryNode): string {
  const token = node.operator === "ilike" ? "LIKE" : "NOT LIKE";
  const left = `lower(${operand(writer, node.left, 0)})`;
  const right = `lower(${operand(writer, node.right, 0)})`;
  return `${left} ${token} ${right}${escapeSql(writer, node)}`;
}

function writeDistinctFrom(writer: SqlWriter, node: BinaryNode): string {
  const distinct = node.operator === "isDistinctFrom";
  switch (writer.features.distinctFrom) {
    case "standard":
      return writePlain(writer, node, distinct ? "IS DISTINCT FROM" : "IS NOT DISTINCT FROM");
    case "is":
      return writePlain(writer, node, distinct ? "IS NOT" : "IS");
    case "null-safe": {
      const equal = writePlain(writer, node, "<=>");
      return distinct ? `NOT (${equal})` : equal;
    }
  }
}

// 3 / 2 is 1.5 for everyone: where integers divide to integers, one side becomes a fraction
function writeDivision(writer: SqlWriter, node: BinaryNode): string {
  const { kinds, to } = writer.features.divisionCast;
  if (!kinds.includes(node.left.type.kind) || !kinds.includes(node.right.type.kind))
    return writePlain(writer, node, "/");
  const left = operand(writer, node.left, operators["div"]?.precedence ?? 8);
  const right = node.right.kind === "literal" ? writer.literal(node.right, false) : operand(writer, node.right, 0);
  return `${left} / CAST(${right} AS ${to})`;
}

function writeIn(writer: SqlWriter, node: BinaryNode): string {
  const left = operand(writer, node.left, 6);
  const token = node.operator === "in" ? "IN" : "NOT IN";
  const { right } = node;
  if (right.kind === "literal" && right.expanding) return writeInList(writer, node, left, right);
  if (right.kind === "tuple") {
    const items = right.items.map((item) => operand(writer, item, 0, node.left)).join(", ");
    return `${left} ${token} (${tuplePrefix(writer, node)}${items})`;
  }
  return `${left} ${token} ${writer.write(right)}`;
}

/** A set without members: nothing is in it, and everything is not, NULL included. */
function emptySet(writer: SqlWriter, types: readonly SqlType[]): string {
  const nulls = types.map((type) => {
    const isTyped = writer.features.castParameters && type.kind !== "unknown";
    return isTyped ? `CAST(NULL AS ${writer.dialect.types.name(type)})` : "NULL";
  });
  return `SELECT ${nulls.join(", ")} FROM (SELECT 1) AS empty_set WHERE 1 = 0`;
}

function tuplePrefix(writer: SqlWriter, node: BinaryNode): string {
  return node.left.kind === "tuple" && writer.features.tupleList === "values" ? "VALUES " : "";
}

function writeInList(writer: SqlWriter, node: BinaryNode, left: string, list: LiteralNode): string {
  const types = node.left.kind === "tuple" ? node.left.items.map((item) => item.type) : [list.type];
  const token = node.operator === "in" ? "IN" : "NOT IN";
  if (writer.inline) return `${left} ${token} (${inlineList(writer, list, types)})`;
  // an array of arrays is one longer array to PostgreSQL, not a list of them
  if (writer.features.inList === "any" && node.left.kind !== "tuple" && list.type.kind !== "array") {
    const array = writer.placeholder(writer.slotOf(list, listEncoder(writer, list.type)));
    return node.operator === "in" ? `${left} = ANY(${array})` : `${left} <> ALL(${array})`;
  }
  const expanding: ExpandingSlot = {
    encoders: types.map((type) => writer.encoder(type)),
    tuple: node.left.kind === "tuple",
    prefix: tuplePrefix(writer, node),
    empty: emptySet(writer, types),
    orOne: false,
  };
  return `${left} ${token} (${writer.placeholder({ ...writer.slotOf(list, null), expanding })})`;
}

function inlineList(writer: SqlWriter, list: LiteralNode, types: readonly SqlType[]): string {
  const values = list.value as readonly unknown[];
  if (values.length === 0) return emptySet(writer, types);
  return values.map((value) => writer.literal({ ...list, value, expanding: false })).join(", ");
}

function listEncoder(writer: SqlWriter, type: SqlType): (value: unknown) => unknown {
  const encode = arrayEncoder(type, writer.dialect.types);
  return (value) => encode(checkList(value));
}

/** @throws InvalidRequestError for the value of an IN that is no list. */
export function checkList(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new InvalidRequestError("The value of an IN parameter must be a list.");
}

function writeOver(writer: SqlWriter, node: OverNode): string {
  const call = writer.write(node.operand); // first: placeholders are counted in the order they are written
  const parts: string[] = [];
  if (node.partitionBy.length > 0) parts.push(`PARTITION BY ${list(writer, node.partitionBy)}`);
  if (node.orderBy.length > 0) parts.push(`ORDER BY ${list(writer, node.orderBy)}`);
  if (node.frame !== null) parts.push(frameSql(node.frame));
  return `${call} OVER (${parts.join(" ")})`;
}

function frameSql(frame: string): string {
  const [unit = "rows", start = "u", end = "u"] = frame.split(" ");
  return `${unit.toUpperCase()} BETWEEN ${boundSql(start, "PRECEDING")} AND ${boundSql(end, "FOLLOWING")}`;
}

function boundSql(bound: string, unbounded: string): string {
  if (bound === "u") return `UNBOUNDED ${unbounded}`;
  const rows = Number(bound);
  if (rows === 0) return "CURRENT ROW";
  return rows < 0 ? `${-rows} PRECEDING` : `${rows} FOLLOWING`;
}

/** Expressions separated by commas. */
export function list(writer: SqlWriter, nodes: readonly ExpressionNode[]): string {
  return nodes.map((node) => writer.write(node)).join(", ");
}

/** How expressions are written; the same for every dialect but for what `features` says. */
export const expressionVisitors: Pick<
  Visitors,
  | "column"
  | "literal"
  | "binary"
  | "unary"
  | "junction"
  | "between"
  | "function"
  | "over"
  | "cast"
  | "case"
  | "tuple"
  | "exists"
  | "scalar-subquery"
  | "label"
  | "raw"
  | "constant"
  | "order"
  | "entity"
  | "bundle"
> = {
  column(writer, node) {
    const name = writer.quote(node.name);
    const { table } = node;
    if (writer.bareColumns || (table.kind === "table" && table.id === 0)) return name;
    if (table.kind === "table") return `${tableName(writer, table)}.${name}`;
    if (table.kind === "alias" || table.kind === "cte") return `${writer.quote(writer.aliasName(table))}.${name}`;
    return name;
  },
  literal: (writer, node) => writer.literal(node),
  binary: writeBinary,
  unary(writer, node) {
    if (node.operator === "not") return `NOT ${operand(writer, node.operand, BETWEEN_PRECEDENCE + 1)}`;
    if (node.operator === "neg") return `-${operand(writer, node.operand, NEGATE_PRECEDENCE + 1)}`;
    const collation = node.operator.slice("collate:".length);
    return `${operand(writer, node.operand, 10)} COLLATE ${writer.quote(collation)}`;
  },
  junction(writer, node) {
    const own = node.operator === "and" ? AND_PRECEDENCE : OR_PRECEDENCE;
    return node.items.map((item) => operand(writer, item, own + 1)).join(node.operator === "and" ? " AND " : " OR ");
  },
  between(writer, node) {
    const value = operand(writer, node.operand, 6);
    const low = operand(writer, node.low, 6, node.operand);
    const high = operand(writer, node.high, 6, node.operand);
    return `${value} ${node.negated ? "NOT " : ""}BETWEEN ${low} AND ${high}`;
  },
  function(writer, node) {
    const filter = writer.features.aggregateFilter ? null : node.filter;
    const args = node.args.map((arg, index) =>
      filter !== null && index === 0 ? filteredArgument(writer, arg, filter) : operand(writer, arg, 0),
    );
    if (node.distinct) args[0] = `DISTINCT ${args[0] ?? "*"}`;
    const sql = callSql(writer, node.name, args);
    return node.filter === null || filter !== null ? sql : `${sql} FILTER (WHERE ${writer.write(node.filter)})`;
  },
  over: writeOver,
  cast(writer, node) {
    if (node.silent) return operand(writer, node.operand, 0);
    const inner = node.operand.kind === "literal" ? writer.literal(node.operand, false) : writer.write(node.operand);
    return `CAST(${inner} AS ${writer.dialect.types.name(node.type, { cast: true })})`;
  },
  case(writer, node) {
    let sql = "CASE";
    if (node.subject !== null) sql += ` ${writer.write(node.subject)}`;
    for (let index = 0; index < node.branches.length; index += 2) {
      const [condition, result] = [node.branches[index], node.branches[index + 1]];
      if (condition === undefined || result === undefined)
        throw new CompileError("A CASE needs a result for each condition.");
      sql += ` WHEN ${writer.write(condition)} THEN ${operand(writer, result, 0)}`;
    }
    if (node.otherwise !== null) sql += ` ELSE ${operand(writer, node.otherwise, 0)}`;
    return `${sql} END`;
  },
  tuple: (writer, node) => `(${list(writer, node.items)})`,
  exists: (writer, node) => `EXISTS (${writer.write(node.query)})`,
  "scalar-subquery": (writer, node) => `(${writer.write(node.query)})`,
  label: (writer, node) => operand(writer, node.operand, 0),
  raw: (writer, node) => writer.raw(node.sql),
  constant(writer, node) {
    switch (node.name) {
      case "true":
        return writer.features.booleanLiterals[1];
      case "false":
        return writer.features.booleanLiterals[0];
      case "star":
        return "*";
      default:
        return node.name.toUpperCase();
    }
  },
  order(writer, node) {
    const sql = `${orderOperand(writer, node.operand)}${node.direction === "desc" ? " DESC" : ""}`;
    if (node.nulls === null) return sql;
    if (writer.features.nullsOrder) return `${sql} NULLS ${node.nulls.toUpperCase()}`;
    return `${orderOperand(writer, node.operand)} IS NULL${node.nulls === "first" ? " DESC" : ""}, ${sql}`;
  },
  entity: (writer, node) => list(writer, node.columns),
  bundle: (writer, node) => list(writer, node.items),
};

// these are called without parentheses
const bareFunctions = new Set(
  "current_date current_time current_timestamp current_user localtime localtimestamp session_user".split(" "),
);

function callSql(writer: SqlWriter, name: string, args: readonly string[]): string {
  const { functions } = writer.features;
  const form = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (form !== undefined) return form(args);
  return args.length === 0 && bareFunctions.has(name.toLowerCase()) ? name : `${name}(${args.join(", ")})`;
}

// an aggregate leaves NULL out, so a CASE without ELSE filters
function filteredArgument(writer: SqlWriter, arg: ExpressionNode, filter: ExpressionNode): string {
  const condition = writer.write(filter);
  const value = arg.kind === "constant" && arg.name === "star" ? "1" : operand(writer, arg, 0);
  return `CASE WHEN ${condition} THEN ${value} END`;
}

/** In ORDER BY a label stands for the column it names. */
export function orderOperand(writer: SqlWriter, node: ExpressionNode): string {
  const isLabel =
    node.kind === "label" && writer.selected.some((column) => column === node || labelled(column, node.name));
  return isLabel ? writer.quote(node.name) : selectedOperand(writer, node);
}

function labelled(column: ExpressionNode, name: string): boolean {
  return column.kind === "label" && column.name === name;
}

/**
 * An expression of GROUP BY or ORDER BY; one with parameters by its place in the SELECT, if it has one: written again,
 * its parameters would be others, and the database would take it for another expression.
 *
 * A label is no way to name it in GROUP BY: there a column of the same name comes first.
 */
export function selectedOperand(writer: SqlWriter, node: ExpressionNode): string {
  const inner = node.kind === "label" ? node.operand : node;
  const before = writer.slots.length;
  const sql = writer.write(inner);
  if (writer.slots.length === before) return sql;
  const place = writer.selected.findIndex((column) => (column.kind === "label" ? column.operand : column) === inner);
  if (place < 0) return sql;
  writer.slots.length = before;
  return String(place + 1);
}

/** A table's name with its schema. */
export function tableName(writer: SqlWriter, node: { readonly name: string; readonly schema: string | null }): string {
  return quoteTable(node, writer.features.quote);
}
