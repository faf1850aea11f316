import { ArgumentError } from "../errors/index.ts";
import { type HasType, type SqlType, typeOfValue, unknownType } from "../types/index.ts";
import { Label } from "./expression.ts";
import { literalNode } from "./literal.ts";
import type { ColumnNode, LiteralNode, TableNode, TextNode } from "./nodes/index.ts";
import type { Executable, Operand } from "./protocol.ts";
import type { Labels } from "./typing/row.ts";

// strings, quoted names, comments and dollar-quoted bodies are skipped; `::` is a cast; `\:` a plain colon
const TOKEN =
  /(?<!\w)[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[^]*?\*\/|(?<![\w$])\$((?:[A-Za-z_]\w*)?)\$[^]*?\$\1\$|::|\\:|(?<![\w:]):([A-Za-z_]\w*)/g;
// a parameter right after IN, alone in its parentheses or without any: it may be a list
const AFTER_IN = /\bIN\s*(\(?)\s*$/i;
const CLOSING = /^\s*\)/;

/** SQL written by the programmer, with `:name` parameters; a statement, or part of one. */
export class Text<R extends readonly unknown[] = readonly unknown[], L = Labels>
  implements Executable<R>, Operand<never>
{
  declare readonly "~row"?: R;
  declare readonly "~labels"?: L;
  declare readonly "~value"?: never;
  readonly #node: TextNode;

  constructor(node: TextNode) {
    this.#node = node;
  }

  toNode(): TextNode {
    return this.#node;
  }

  /** Gives values to parameters by name. */
  bindparams(values: Readonly<Record<string, unknown>>): this {
    const known = new Set(this.#node.binds.map(({ name }) => name));
    for (const name of Object.keys(values)) {
      if (!known.has(name))
        throw new ArgumentError(`This text() has no parameter :${name}. It has: ${[...known].join(", ") || "none"}.`);
    }
    const binds = this.#node.binds.map((bind) => {
      if (bind.kind === "column" || bind.name === null || !Object.hasOwn(values, bind.name)) return bind;
      const value = values[bind.name];
      const type = bind.expanding ? unknownType : typeOfValue(value);
      return literalNode(value, type, { name: bind.name, expanding: bind.expanding });
    });
    return new Text({ ...this.#node, binds }) as this;
  }

  /** Says what the columns are, in order, so that their values are converted. */
  columns<T extends Readonly<Record<string, HasType>>>(
    types: T,
  ): Text<readonly TextValues<T>[keyof T][], TextValues<T>> {
    const columns = Object.entries(types).map(([name, type]): ColumnNode => textColumn(name, type.toType()));
    return new Text({ ...this.#node, columns });
  }

  /** As a column with a name. */
  as<N extends string>(name: N): Label<N, unknown> {
    return new Label(name, this.#node);
  }
}

type TextValues<T> = { readonly [K in keyof T]: T[K] extends HasType<infer V> ? V : never };

const nowhere: TableNode = { kind: "table", id: 0, name: "", schema: null, foreignKeys: null };

function textColumn(name: string, type: SqlType): ColumnNode {
  return { kind: "column", id: 0, table: nowhere, name, key: name, type };
}

/**
 * Takes SQL as it is, with `:name` parameters.
 *
 * A colon inside quotes, comments and casts (`::`) is left alone; elsewhere write `\:` for a plain one. A parameter
 * after IN (`id IN :ids`) takes a list.
 *
 * @example text("SELECT name FROM users WHERE id = :id").bindparams({ id: 1 })
 */
export function text(sql: string): Text {
  if (typeof sql !== "string") throw new ArgumentError("text() takes a string of SQL.");
  const pieces: string[] = [];
  const binds: LiteralNode[] = [];
  let piece = "";
  let end = 0;
  for (const match of sql.matchAll(TOKEN)) {
    piece += sql.slice(end, match.index);
    end = match.index + match[0].length;
    const name = match[2];
    if (name === undefined) {
      piece += match[0] === "\\:" ? ":" : match[0];
      continue;
    }
    const list = listAfterIn(piece, sql.slice(end));
    pieces.push(list === "bare" ? `${piece}(` : piece);
    piece = list === "bare" ? ")" : "";
    binds.push(literalNode(undefined, unknownType, { name, required: true, expanding: list !== null }));
  }
  pieces.push(piece + sql.slice(end));
  return new Text({ kind: "text", pieces, binds, columns: [], type: unknownType });
}

function listAfterIn(before: string, after: string): "bare" | "enclosed" | null {
  const match = AFTER_IN.exec(before);
  if (match === null) return null;
  if (match[1] === "") return "bare";
  return CLOSING.test(after) ? "enclosed" : null;
}
