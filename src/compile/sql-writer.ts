import { CompileError, UnsupportedCompilationError } from "../errors/index.ts";
import {
  type CteNode,
  eachChild,
  type ExpressionNode,
  type FromNode,
  type LiteralNode,
  type Node,
  type NodeKind,
  type QueryNode,
} from "../sql/index.ts";
import type { Codec, Encode, SqlType, TypeTable } from "../types/index.ts";
import type { BindSlot } from "./compiled.ts";
import type { Features } from "./features.ts";
import { quoteIdentifier } from "./identifier.ts";
import { cutText } from "./constraint-name.ts";
import { inlineValue } from "./inline-value.ts";
import { unlimitedType } from "./unlimited-type.ts";

/** How each kind of node is written. A missing visitor is a compile error. */
export type Visitors = { readonly [K in NodeKind]: (writer: SqlWriter, node: Extract<Node, { kind: K }>) => string };

/** What the compiler needs to know of a dialect. */
export interface DialectProfile {
  readonly name: string;
  readonly features: Features;
  readonly types: TypeTable;
  readonly visitors: Visitors;
}

/** Stands for a placeholder until the whole statement is written; no SQL may hold it. */
export const PLACEHOLDER = "\0";

interface WrittenCte {
  readonly complete: boolean;
  readonly name: string;
  readonly sql: string;
  readonly slots: readonly BindSlot[];
  readonly recursive: boolean;
}

/** The state of writing one statement: placeholders met, names made, the queries around the present one. */
export class SqlWriter {
  readonly dialect: DialectProfile;
  readonly features: Features;
  slots: BindSlot[] = [];
  /** Values are written into the SQL (DDL only, where parameters are not possible). */
  readonly inline: boolean;
  /** Written values say their type where a parameter would. */
  readonly #typed: boolean;
  /** Table names go without their table in front (CHECK constraints, defaults, SET). */
  bareColumns = false;
  /** Columns of the present SELECT, which its ORDER BY and GROUP BY may name. */
  selected: readonly ExpressionNode[] = [];
  /** FROM elements of the queries around the present one, innermost last. */
  readonly enclosing: (readonly FromNode[])[] = [];
  readonly parameterKeys: readonly string[] | null;
  readonly #indexes: ReadonlyMap<LiteralNode, number>;
  readonly #names = new Map<object, string>();
  readonly #taken = new Set<string>();
  readonly #ctes = new Map<object, WrittenCte | null>();
  readonly #codecs = new Map<string, Codec>();

  constructor(
    dialect: DialectProfile,
    indexes: ReadonlyMap<LiteralNode, number>,
    options: { readonly inline?: boolean | "typed"; readonly parameterKeys?: readonly string[] | null } = {},
  ) {
    this.dialect = dialect;
    this.features = dialect.features;
    this.#indexes = indexes;
    this.inline = options.inline === true || options.inline === "typed";
    this.#typed = options.inline === "typed";
    this.parameterKeys = options.parameterKeys ?? null;
  }

  /** The SQL of a node. */
  write(node: Node): string {
    const visit = this.dialect.visitors[node.kind] as (writer: SqlWriter, node: Node) => string;
    return visit(this, node);
  }

  quote(name: string): string {
    return quoteIdentifier(name, this.features.quote);
  }

  codec(type: SqlType): Codec {
    let codec = this.#codecs.get(type.key);
    if (codec === undefined) {
      codec = this.dialect.types.codec(type);
      this.#codecs.set(type.key, codec);
    }
    return codec;
  }

  encoder(type: SqlType): Encode | null | undefined {
    return type.kind === "unknown" && type.conversions === undefined ? undefined : this.codec(type).encode;
  }

  /** A placeholder for a value; `cast` where the SQL around it does not tell its type. */
  literal(node: LiteralNode, cast: boolean = this.features.castParameters): string {
    if (this.inline) return this.#inlined(node, this.#typed && cast);
    const slot = this.slotOf(node);
    return this.placeholder(slot, cast && node.type.kind !== "unknown" ? node.type : null);
  }

  #inlined(node: LiteralNode, cast: boolean): string {
    if (!node.required) {
      const sql = inlineValue(node.value, node.type, this.dialect);
      return cast && node.type.kind !== "unknown" ? this.#cast(sql, node.type) : sql;
    }
    throw new CompileError(`DDL takes no parameters, and :${node.name ?? ""} has no value. Write the value instead.`);
  }

  placeholder(slot: BindSlot, cast: SqlType | null = null): string {
    this.slots.push(slot);
    return cast === null ? PLACEHOLDER : this.#cast(PLACEHOLDER, cast);
  }

  #cast(sql: string, type: SqlType): string {
    return `CAST(${sql} AS ${this.dialect.types.name(unlimitedType(type))})`;
  }

  slotOf(node: LiteralNode, encode: Encode | null | undefined = this.encoder(node.type)): BindSlot {
    const index = this.#indexes.get(node) ?? -1;
    return {
      index,
      name: node.name,
      required: node.required,
      generate: null,
      constant: index < 0 ? node.value : undefined, // the layout outlives this statement, its values should not
      encode,
      expanding: null,
    };
  }

  /** SQL the programmer wrote. */
  raw(sql: string): string {
    if (sql.includes(PLACEHOLDER)) throw new CompileError("SQL text cannot hold a NUL character.");
    return sql;
  }

  /** Keeps the names that a statement gives its tables and aliases from being made up for others. */
  reserveNames(node: Node): void {
    const seen = new Set<Node>();
    const visit = (child: Node): void => {
      if (seen.has(child)) return;
      seen.add(child);
      if ((child.kind === "table" || child.kind === "alias" || child.kind === "cte") && child.name !== null) {
        this.#taken.add(child.name);
      }
      eachChild(child, visit);
    };
    visit(node);
  }

  /** The name of an alias; one is made where the programmer gave none. */
  aliasName(node: Extract<FromNode, { kind: "alias" | "cte" }>): string {
    const identity = node.kind === "cte" ? node.token : node;
    let name = this.#names.get(identity);
    if (name === undefined) {
      name = node.name ?? this.#freeName(node);
      this.#names.set(identity, name);
      this.#taken.add(name);
    }
    return name;
  }

  #freeName(node: Extract<FromNode, { kind: "alias" | "cte" }>): string {
    const base = node.kind === "alias" && node.source.kind === "table" ? node.source.name : "anon";
    for (let number = 1; ; number += 1) {
      const name = `${cutText(base, this.features.labelLength - String(number).length - 1)}_${number}`;
      if (!this.#taken.has(name)) return name;
    }
  }

  /** Notes a CTE for the WITH clause and answers its name. */
  cte(node: CteNode, writeQuery: (query: QueryNode) => string): string {
    const name = this.aliasName(node);
    const known = this.#ctes.get(node.token);
    // under way, or written already in its whole form
    if (known === null || (known !== undefined && (known.complete || !node.complete))) return name;
    this.#ctes.set(node.token, null);
    const outer = this.slots;
    this.slots = [];
    const sql = writeQuery(node.query);
    const slots = this.slots;
    this.slots = outer;
    // set again: dependencies it met have been written before it
    this.#ctes.delete(node.token);
    this.#ctes.set(node.token, { name, sql, slots, recursive: node.recursive, complete: node.complete });
    return name;
  }

  /** The statement with its WITH clause in front, and all slots in the order of their placeholders. */
  withCtes(body: string): string {
    const written = [...this.#ctes.values()].filter((cte) => cte !== null);
    if (written.length === 0) return body;
    const recursive = written.some((cte) => cte.recursive) ? "RECURSIVE " : "";
    const list = written.map((cte) => `${this.quote(cte.name)} AS (${cte.sql})`).join(", ");
    this.slots = [...written.flatMap((cte) => cte.slots), ...this.slots];
    this.#ctes.clear();
    return `WITH ${recursive}${list} ${body}`;
  }

  unsupported(what: string): never {
    throw new UnsupportedCompilationError(`${this.dialect.name} has no ${what}.`);
  }
}
