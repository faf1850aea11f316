// SQL that a database tells of itself, made into expressions that other databases can be told.
import { column, type ColumnNode, type ExpressionNode, func, literalNode, type LiteralNode } from "../sql/index.ts";
import { booleanType, type SqlType, stringType, unknownType } from "../types/index.ts";

/** How a database writes SQL. */
export interface SqlDialect {
  readonly name: string;
  readonly features: { readonly quote: '"' | "`"; readonly backslashEscapes: boolean };
}

/** A database's SQL over the columns of one table, whose names are then quoted as each dialect does. */
export function reflectedExpression(sql: string, columns: readonly string[], dialect: SqlDialect): ExpressionNode {
  const pieces: string[] = [];
  const binds: (LiteralNode | ColumnNode)[] = [];
  let [piece, end] = ["", 0];
  for (const match of sql.matchAll(tokens(dialect))) {
    const node = tokenNode(match[0], sql.slice(match.index + match[0].length), columns, dialect);
    piece += sql.slice(end, match.index);
    end = match.index + match[0].length;
    if (node === null) {
      piece += match[0];
      continue;
    }
    pieces.push(piece);
    binds.push(node);
    piece = "";
  }
  pieces.push(piece + sql.slice(end));
  return { kind: "text", pieces, binds, columns: [], type: unknownType };
}

function tokens({ features }: SqlDialect): RegExp {
  // MariaDB and MySQL put a character set in front of texts
  return features.backslashEscapes
    ? /(?:\b_\w+ ?)?'(?:[^'\\]|\\.|'')*'|`(?:[^`]|``)*`|[\w$\u0080-\uffff]+/gs
    : /(?<!\w)[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[A-Za-z_]\w*\]|[\w$\u0080-\uffff]+/gs;
}

function tokenNode(
  token: string,
  after: string,
  columns: readonly string[],
  dialect: SqlDialect,
): LiteralNode | ColumnNode | null {
  const text = textOf(token, dialect);
  if (text !== null) return literalNode(text, stringType);
  const quote = token[0] ?? "";
  const isQuoted = `"\`[`.includes(quote);
  if (!isQuoted && /^\s*\(/.test(after)) return null; // a function
  const name = isQuoted ? unquoted(token) : token;
  const found =
    columns.find((known) => known === name) ?? (dialect.name === "postgresql" ? undefined : sameName(columns, name));
  return found === undefined ? null : (column(found).toNode() as ColumnNode);
}

function sameName(columns: readonly string[], name: string): string | undefined {
  return columns.find((known) => known.toLowerCase() === name.toLowerCase());
}

function unquoted(token: string): string {
  const quote = token[0] ?? "";
  const inner = token.slice(1, -1);
  return quote === "[" ? inner : inner.replaceAll(quote + quote, quote);
}

/** The value of a text in SQL; `null` for anything else. */
function textOf(token: string, { features }: SqlDialect): string | null {
  const start = token.indexOf("'");
  if (start < 0 || !token.endsWith("'") || `"\`[`.includes(token[0] ?? "")) return null;
  const prefix = token.slice(0, start).toLowerCase();
  if (prefix === "e") return null;
  const doubled = token.slice(start + 1, -1).replaceAll("''", "'");
  return features.backslashEscapes
    ? doubled.replaceAll(/\\(.)/gs, (_all, one: string) => escapes[one] ?? one)
    : doubled;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", "0": "\0", Z: "\u001a" };

const NOW =
  /^(?:now\(\)|current_timestamp(?:\(\d?\))?|localtimestamp(?:\(\d\))?|strftime\('%Y-%m-%d %H:%M:%f', ?'now'\))$/i;
const TYPED = /^('(?:[^']|'')*')::[\w ."]+(?:\(\d+(?:,\d+)?\))?(?:\[\])*$/s;
const TRUE = /^(?:true|1|b?'1')$/i;
const FALSE = /^(?:false|0|b?'0')$/i;

/** A reflected default: a value or the present moment where it is one, else the database's SQL. `null`: NULL. */
export function reflectedDefault(
  sql: string,
  type: SqlType,
  columns: readonly string[],
  dialect: SqlDialect,
): ExpressionNode | null {
  const bare = withoutParentheses(sql.trim());
  if (/^null(?:::[\w ]+)?$/i.test(bare)) return null;
  if (type.kind === "boolean" && (TRUE.test(bare) || FALSE.test(bare)))
    return literalNode(TRUE.test(bare), booleanType);
  if (type.kind === "timestamp" && NOW.test(bare)) return func.now().toNode();
  if (/^current_date(?:\(\))?$/i.test(bare)) return func.currentDate().toNode();
  return reflectedExpression(TYPED.exec(bare)?.[1] ?? bare, columns, dialect);
}

/** SQL without the parentheses around all of it. */
function withoutParentheses(sql: string): string {
  if (!sql.startsWith("(") || closingOf(sql) !== sql.length - 1) return sql;
  return withoutParentheses(sql.slice(1, -1).trim());
}

/** Where the first parenthesis is closed. */
function closingOf(sql: string): number {
  let depth = 0;
  for (const match of sql.matchAll(/'(?:[^']|'')*'|"[^"]*"|`[^`]*`|[()]/g)) {
    if (match[0] === "(") depth++;
    if (match[0] === ")") depth--;
    if (depth === 0) return match.index;
  }
  return -1;
}
