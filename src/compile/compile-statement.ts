import { ArgumentError } from "../errors/index.ts";
import {
  type Executable,
  type ExpressionNode,
  flatColumns,
  labelOf,
  leadingSelect,
  type LiteralNode,
  resultNodes,
  type StatementNode,
  structuralKey,
} from "../sql/index.ts";
import type { Compiled, PreparedStatement, ResultColumn, StatementKind } from "./compiled.ts";
import { PLACEHOLDER, type DialectProfile, SqlWriter } from "./sql-writer.ts";
import type { StatementCache } from "./statement-cache.ts";

/** What besides its tree decides how a statement is written. */
export interface CompileContext {
  /** The names of the parameters given at execution; they are the columns of an INSERT or UPDATE without values. */
  readonly parameterKeys?: readonly string[] | undefined;
}

/**
 * The compiled form of a statement and its values; statements of one structure are compiled once.
 *
 * @throws ArgumentError for something that is no statement.
 */
export function prepareStatement(
  statement: Executable,
  dialect: DialectProfile,
  cache: StatementCache | null,
  context: CompileContext = {},
): PreparedStatement {
  const node = statementNode(statement);
  if (node.kind === "ddl") return { compiled: compileNode(node, dialect, noLiterals), values: [] };
  const structure = statement.structure?.() ?? structuralKey(node);
  const { key, values } = structure;
  const parameterKeys = needsParameters(node) ? (context.parameterKeys ?? []) : null;
  const make = (): Compiled => compileNode(node, dialect, structure.literals, parameterKeys);
  if (cache === null) return { compiled: make(), values };
  const fullKey = parameterKeys === null ? key : `${key}|${JSON.stringify(parameterKeys)}`;
  return { compiled: cache.get(fullKey, make), values };
}

const noLiterals: ReadonlyMap<LiteralNode, number> = new Map();

function statementNode(statement: Executable): StatementNode {
  if (typeof statement === "string") {
    throw new ArgumentError(
      'A string is no statement. Wrap SQL in text("…"), so that what is SQL and what is a value stays clear.',
    );
  }
  if (typeof statement?.toNode !== "function") {
    throw new ArgumentError('This is no statement. Give select(…), insert(…), update(…), deleteFrom(…) or text("…").');
  }
  return statement.toNode();
}

function needsParameters(node: StatementNode): boolean {
  return (
    (node.kind === "insert" && node.query === null && node.columns === null) ||
    (node.kind === "update" && node.columns === null)
  );
}

/** Writes a statement; `literals` tells which of its values stands where among the values extracted from it. */
export function compileNode(
  node: StatementNode,
  dialect: DialectProfile,
  literals: ReadonlyMap<LiteralNode, number>,
  parameterKeys: readonly string[] | null = null,
): Compiled {
  const writer = new SqlWriter(dialect, literals, { parameterKeys: columnKeys(parameterKeys, literals) });
  writer.reserveNames(node);
  const written = writer.write(node);
  const sql = node.kind === "select" || node.kind === "compound" ? writer.withCtes(written) : written;
  const columns = resultColumns(node, writer);
  const expands = writer.slots.some((slot) => slot.expanding !== null);
  const pieces = sql.split(PLACEHOLDER);
  return {
    kind: kindOf(node),
    sql: expands ? "" : joinPieces(pieces, dialect),
    slots: writer.slots,
    pieces: expands ? pieces : null,
    columns,
    elements: bundledElements(node),
    exactIntegers:
      columns === null || columns.some((column) => column.type.kind === "bigint" || column.type.kind === "unknown"),
    prepare: node.kind !== "ddl" && node.kind !== "text",
  };
}

/** Parameters that have a place in the statement already are no columns. */
function columnKeys(
  keys: readonly string[] | null,
  literals: ReadonlyMap<LiteralNode, number>,
): readonly string[] | null {
  if (keys === null || literals.size === 0) return keys;
  const placed = new Set([...literals.keys()].map((literal) => literal.name));
  return keys.filter((key) => !placed.has(key));
}

function joinPieces(pieces: readonly string[], dialect: DialectProfile): string {
  if (dialect.features.placeholder === "question") return pieces.join("?");
  return pieces.reduce((sql, piece, index) => (index === 0 ? piece : `${sql}$${index}${piece}`), "");
}

function kindOf(node: StatementNode): StatementKind {
  return node.kind === "compound" ? "select" : node.kind;
}

function resultColumns(node: StatementNode, writer: SqlWriter): readonly ResultColumn[] | null {
  switch (node.kind) {
    case "select":
    case "compound":
      return flatColumns(leadingSelect(node).columns).map((column, index) => resultColumn(column, index, writer));
    case "insert":
    case "update":
    case "delete":
      return node.returning.length === 0
        ? null
        : flatColumns(node.returning).map((column, index) => resultColumn(column, index, writer));
    case "text":
      return node.columns.length === 0
        ? null
        : node.columns.map((column, index) => resultColumn(column, index, writer));
    case "ddl":
      return null;
  }
}

/** Objects of mapped classes are made by the layers above; to this one they are their columns. */
function bundledElements(node: StatementNode): readonly ExpressionNode[] | null {
  const elements = resultNodes(node);
  if (!elements.some((element) => element.kind === "bundle")) return null;
  return elements.flatMap((element) => (element.kind === "entity" ? element.columns : [element]));
}

function resultColumn(node: ExpressionNode, index: number, writer: SqlWriter): ResultColumn {
  const { type } = node;
  const decode = type.kind === "unknown" && type.conversions === undefined ? undefined : writer.codec(type).decode;
  return { name: labelOf(node) ?? `column_${index + 1}`, type, decode };
}
