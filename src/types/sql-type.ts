/** Phantom: the TypeScript type of a value of this SQL type. Never present at run time. */
export declare const VALUE: "~value";

export type TypeKind =
  | "smallint"
  | "integer"
  | "bigint"
  | "numeric"
  | "real"
  | "double"
  | "string"
  | "unicode"
  | "boolean"
  | "timestamp"
  | "date"
  | "time"
  | "interval"
  | "json"
  | "jsonb"
  | "uuid"
  | "bytes"
  | "enumeration"
  | "array"
  | "unknown";

/** Turns a user's value into one the underlying type takes, and back. */
export interface TypeConversion {
  readonly name: string;
  bind?(value: unknown): unknown;
  result?(value: unknown): unknown;
}

/** A SQL type as plain data; what it is called and how values travel is each dialect's affair. */
export interface SqlType<V = unknown> {
  readonly "~value"?: V;
  readonly kind: TypeKind;
  /** Structural identity: two types with equal keys are written and converted alike. */
  readonly key: string;
  /** Characters (string, unicode) or bytes (bytes). */
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  /** False for a timestamp without time zone; default true. */
  readonly timezone?: boolean;
  /** The members of an enumeration. */
  readonly values?: readonly string[];
  /** The element type of an array. */
  readonly item?: SqlType;
  /** What one database calls it, where that says more than the kind: reflected types. Other databases go by the kind. */
  readonly native?: { readonly dialect: string; readonly name: string };
  /** Conversions around the type, the innermost first. */
  readonly conversions?: readonly TypeConversion[];
}

/** Anything that stands for a SQL type: a type, or a column builder. */
export interface HasType<V = unknown> {
  readonly "~value"?: V;
  toType(): SqlType<V>;
}

type TypeOptions = Omit<SqlType, "kind" | "key" | typeof VALUE>;

/** Makes a type from its kind and options. */
export function sqlType<V>(kind: TypeKind, options: TypeOptions = {}): SqlType<V> {
  return Object.freeze({ kind, key: typeKey(kind, options), ...options });
}

let conversionCount = 0;
const conversionIds = new WeakMap<TypeConversion, number>();

function conversionId(conversion: TypeConversion): number {
  let id = conversionIds.get(conversion);
  if (id === undefined) {
    id = ++conversionCount;
    conversionIds.set(conversion, id);
  }
  return id;
}

function typeKey(kind: TypeKind, options: TypeOptions): string {
  const parts: unknown[] = [
    options.length,
    options.precision,
    options.scale,
    options.timezone,
    options.values,
    options.item?.key,
    options.conversions?.map(conversionId),
    ...(options.native === undefined ? [] : [options.native.dialect, options.native.name]),
  ];
  const used = parts.some((part) => part !== undefined);
  return used ? kind + JSON.stringify(parts) : kind;
}

/** The type of something nothing is known of: values travel as the driver gives and takes them. */
export const unknownType: SqlType = sqlType("unknown");
/** The type of a condition. */
export const booleanType: SqlType<boolean> = sqlType("boolean");
export const integerType: SqlType<number> = sqlType("integer");
export const bigintType: SqlType<bigint> = sqlType("bigint");
export const doubleType: SqlType<number> = sqlType("double");
export const numericType: SqlType<string> = sqlType("numeric");
export const stringType: SqlType<string> = sqlType("string");
export const timestampType: SqlType<Date> = sqlType("timestamp");
export const dateType: SqlType<string> = sqlType("date");
export const timeType: SqlType<string> = sqlType("time");
export const jsonType: SqlType = sqlType("json");
export const bytesType: SqlType<Uint8Array> = sqlType("bytes");

/** The type a plain JavaScript value is taken for when nothing else says. */
export function typeOfValue(value: unknown): SqlType {
  switch (typeof value) {
    case "number":
      return Number.isInteger(value) ? integerType : doubleType;
    case "bigint":
      return bigintType;
    case "string":
      return stringType;
    case "boolean":
      return booleanType;
    default:
      if (value instanceof Date) return timestampType;
      if (value instanceof Uint8Array) return bytesType;
      return unknownType;
  }
}
