import { ArgumentError } from "../errors/index.ts";
import { type ExpressionNode, isOperand, type Operand } from "../sql/index.ts";
import { type HasType, type SqlType, sqlType, type TypeConversion } from "../types/index.ts";

/** What a referenced row's removal, or its key's change, does to the rows that refer to it. */
export type ReferenceAction = "cascade" | "set null" | "set default" | "restrict" | "no action";

export interface ReferenceOptions {
  readonly onDelete?: ReferenceAction;
  readonly onUpdate?: ReferenceAction;
  /** The constraint's name. */
  readonly name?: string;
  /** Checked at the end of the transaction (PostgreSQL, SQLite). */
  readonly deferrable?: boolean;
}

/** A column, or `"table.column"`, or a function that answers one when it is needed. */
export type ReferenceTarget = object | string | (() => unknown);

export interface ColumnReference {
  readonly target: ReferenceTarget;
  readonly options: ReferenceOptions;
}

export type DefaultValue = (() => unknown) | { readonly node: ExpressionNode } | { readonly value: unknown };

/** All that is known of a column before it belongs to a table. */
export interface ColumnSpec {
  readonly type: SqlType;
  readonly name?: string;
  readonly primaryKey?: boolean;
  readonly nullable?: boolean;
  readonly unique?: boolean | string;
  readonly index?: boolean | string;
  readonly autoincrement?: boolean;
  readonly default?: DefaultValue;
  readonly onUpdate?: DefaultValue;
  readonly serverDefault?: DefaultValue;
  /** The database changes it whenever the row is updated. */
  readonly serverOnUpdate?: boolean;
  readonly computed?: { readonly node: ExpressionNode; readonly stored: boolean };
  readonly references?: readonly ColumnReference[];
  readonly comment?: string;
  /** Not read with the rest of a row, but when it is first read; a string: with the others of that group. */
  readonly deferred?: boolean | string;
}

/** Never present at run time: whether `new` may leave the column out, and whether it is a primary key. */
export declare const FLAGS: "~flags";

/**
 * Describes a column, and stands for its type where one is needed (`cast(x, integer())`).
 *
 * Every method gives a new builder.
 */
export class ColumnBuilder<V = unknown, Optional extends boolean = boolean, Pk extends boolean = boolean>
  implements HasType<V>
{
  declare readonly "~value"?: V;
  declare readonly "~flags"?: { readonly optional: Optional; readonly pk: Pk };
  readonly spec: ColumnSpec;

  constructor(spec: ColumnSpec) {
    this.spec = spec;
  }

  toType(): SqlType<V> {
    return this.spec.type as SqlType<V>;
  }

  /** Part of the primary key. A single integer key fills itself. */
  primaryKey(): ColumnBuilder<V, V extends number | bigint ? true : Optional, true> {
    return new ColumnBuilder({ ...this.spec, primaryKey: true });
  }
  /** May hold NULL. Columns may not, unless told. */
  nullable(): ColumnBuilder<V | null, true, Pk> {
    return new ColumnBuilder({ ...this.spec, nullable: true });
  }
  /** No value twice. */
  unique(name?: string): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, unique: name ?? true });
  }
  /** Makes an index on the column. */
  index(name?: string): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, index: name ?? true });
  }
  /** The value of new rows that are given none: a value, a function called for each row, or a SQL expression. */
  default(value: V | (() => V) | Operand<V>): ColumnBuilder<V, true, Pk> {
    return new ColumnBuilder({ ...this.spec, default: defaultOf(value) });
  }
  /** The database's own default: a value, or a SQL expression such as `func.now()`. A string is a value, not SQL. */
  serverDefault(value: string | number | boolean | Operand): ColumnBuilder<V, true, Pk> {
    return new ColumnBuilder({ ...this.spec, serverDefault: defaultOf(value) });
  }
  /** Set by every UPDATE that does not set it otherwise. */
  onUpdate(value: V | (() => V) | Operand<V>): ColumnBuilder<V, true, Pk> {
    return new ColumnBuilder({ ...this.spec, onUpdate: defaultOf(value) });
  }
  /** The database changes it with every UPDATE, by a trigger or the table's definition: a flush reads it again. */
  serverOnUpdate(): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, serverOnUpdate: true });
  }
  /** Computed by the database from this expression. */
  computed(expression: Operand<V>, options: { readonly stored?: boolean } = {}): ColumnBuilder<V, true, Pk> {
    return new ColumnBuilder({ ...this.spec, computed: { node: expression.toNode(), stored: options.stored ?? true } });
  }
  /** Refers to another column: `User.c.id`, or `"users.id"`. */
  references(target: ReferenceTarget, options: ReferenceOptions = {}): ColumnBuilder<V, true, Pk> {
    if (target === undefined || target === null) {
      throw new ArgumentError(
        "references() was given undefined: the class it names is not defined yet. Make the field a getter: get authorId() { return integer().references(User.c.id); }.",
      );
    }
    return new ColumnBuilder({ ...this.spec, references: [...(this.spec.references ?? []), { target, options }] });
  }
  /** The column's name in the database, where it is not the attribute's. */
  named(name: string): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, name });
  }
  /** Whether an integer primary key fills itself; by default a single one without a reference does. */
  autoincrement(on = true): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, autoincrement: on });
  }
  /** Left out when objects are loaded, and loaded when it is first read, together with the others of its group. */
  deferred(group?: string): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, deferred: group ?? true });
  }
  comment(comment: string): ColumnBuilder<V, Optional, Pk> {
    return new ColumnBuilder({ ...this.spec, comment });
  }
  /** The same column holding a narrower TypeScript type. */
  typed<W extends V>(): ColumnBuilder<W, Optional, Pk> {
    return new ColumnBuilder(this.spec);
  }
}

function defaultOf(value: unknown): DefaultValue {
  if (isOperand(value)) return { node: value.toNode() };
  return typeof value === "function" ? (value as () => unknown) : { value };
}

type Builder<V> = ColumnBuilder<V, false, false>;

function builder<V>(type: SqlType<V>): Builder<V> {
  return new ColumnBuilder({ type });
}

function checkCount(what: string, count: number | undefined): void {
  if (count === undefined || (Number.isInteger(count) && count > 0)) return;
  throw new ArgumentError(`${what} is a whole number above 0, not ${String(count)}.`);
}

/** Whole numbers of 16 bits. */
export const smallint = (): Builder<number> => builder(sqlType("smallint"));
/** Whole numbers of 32 bits (64 on SQLite). */
export const integer = (): Builder<number> => builder(sqlType("integer"));
/** Whole numbers of 64 bits, as `bigint`. */
export const bigint = (): Builder<bigint> => builder(sqlType("bigint"));
/** Exact decimals, as strings: JavaScript's numbers cannot hold them. */
export function numeric(precision?: number, scale?: number): Builder<string> {
  checkCount("A precision", precision);
  return builder(
    sqlType("numeric", {
      ...(precision === undefined ? {} : { precision }),
      ...(scale === undefined ? {} : { scale }),
    }),
  );
}
/** Floating point numbers of 32 bits. */
export const real = (): Builder<number> => builder(sqlType("real"));
/** Floating point numbers of 64 bits. */
export const double = (): Builder<number> => builder(sqlType("double"));
/** Text, of at most `length` characters when given. */
export function string(length?: number): Builder<string> {
  checkCount("A length", length);
  return builder(sqlType("string", length === undefined ? {} : { length }));
}
/** Text in any language; the same as `string` on databases that store Unicode anyway. */
export function unicode(length?: number): Builder<string> {
  checkCount("A length", length);
  return builder(sqlType("unicode", length === undefined ? {} : { length }));
}
export const boolean = (): Builder<boolean> => builder(sqlType("boolean"));
/** A moment in time to the millisecond, as a `Date`, UTC. */
export function timestamp(options: { readonly timezone?: boolean } = {}): Builder<Date> {
  return builder(sqlType("timestamp", options.timezone === false ? { timezone: false } : {}));
}
/** A calendar day, as `"YYYY-MM-DD"`: a `Date` would move it with the time zone. */
export const date = (): Builder<string> => builder(sqlType("date"));
/** A time of day, as `"HH:MM:SS"`. */
export const time = (): Builder<string> => builder(sqlType("time"));
/** A span of time, as an ISO 8601 duration (`"P1DT2H"`). */
export const interval = (): Builder<string> => builder(sqlType("interval"));
/** Any JSON value. */
export const json = <V = unknown>(): Builder<V> => builder(sqlType<V>("json"));
/** Any JSON value, in PostgreSQL's binary form. */
export const jsonb = <V = unknown>(): Builder<V> => builder(sqlType<V>("jsonb"));
/** A UUID, as a lower-case string. */
export const uuid = (): Builder<string> => builder(sqlType("uuid"));
/** Bytes, of at most `length` when given. */
export function bytes(length?: number): Builder<Uint8Array> {
  checkCount("A length", length);
  return builder(sqlType("bytes", length === undefined ? {} : { length }));
}
/** One of these strings. */
export function enumeration<const N extends readonly [string, ...string[]]>(...values: N): Builder<N[number]> {
  if (values.length === 0) throw new ArgumentError("enumeration() needs at least one value.");
  return builder(sqlType("enumeration", { values }));
}
/** A list of values of one type; JSON where the database has no arrays. */
export function array<V>(item: HasType<V>): Builder<V[]> {
  return builder(sqlType("array", { item: item.toType() }));
}

export interface TypeDecoratorOptions<V, W> {
  /** Turns a value of the program into one of the underlying type. Never called with null. */
  readonly bind: (value: V) => W;
  /** Turns a value of the underlying type into one of the program. Never called with null. */
  readonly result: (value: W) => V;
  /** Shown in messages. */
  readonly name?: string;
}

/**
 * A type of your own around another: `typeDecorator(string(), { bind: (url: URL) => url.href, result: (text) => new URL(text) })`.
 *
 * Call it once and keep what it gives: each call makes a new type.
 */
export function typeDecorator<V, W>(type: HasType<W>, options: TypeDecoratorOptions<V, W>): () => Builder<V> {
  const conversion: TypeConversion = {
    name: options.name ?? "typeDecorator",
    bind: options.bind,
    result: options.result,
  };
  const { kind, key: _key, ...rest } = type.toType();
  const decorated = sqlType<V>(kind, { ...rest, conversions: [...(rest.conversions ?? []), conversion] });
  return () => builder(decorated);
}
