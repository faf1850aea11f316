import { type SqlType, sqlType, type TypeKind } from "../../types/index.ts";

const kinds: ReadonlyMap<string, TypeKind> = new Map(
  Object.entries<TypeKind>({
    smallint: "smallint",
    integer: "integer",
    bigint: "bigint",
    numeric: "numeric",
    real: "real",
    "double precision": "double",
    "character varying": "string",
    character: "string",
    text: "string",
    boolean: "boolean",
    "timestamp with time zone": "timestamp",
    "timestamp without time zone": "timestamp",
    date: "date",
    "time without time zone": "time",
    interval: "interval",
    json: "json",
    jsonb: "jsonb",
    uuid: "uuid",
    bytea: "bytes",
  }),
);

const NAMED = /^([a-z ]+?)(?:\((\d+)(?:,(\d+))?\))?( with(?:out)? time zone)?$/;
const MICROSECONDS = 6;

/** The type of a column by what `format_type` says; `null` for one that is not known. */
export function catalogType(name: string, dimensions: number, labels: readonly string[]): SqlType | null {
  if (name.endsWith("[]")) {
    const item = catalogType(name.slice(0, -2), 0, labels);
    return item === null ? null : nested(item, Math.max(dimensions, 1));
  }
  if (labels.length > 0) return sqlType("enumeration", { values: labels, native: { dialect: "postgresql", name } });
  const match = NAMED.exec(name);
  const kind = kinds.get((match?.[1] ?? "") + (match?.[4] ?? ""));
  if (match === null || kind === undefined) return null;
  return sqlType(kind, optionsOf(kind, match));
}

function nested(item: SqlType, dimensions: number): SqlType {
  const array = sqlType("array", { item });
  return dimensions === 1 ? array : nested(array, dimensions - 1);
}

function optionsOf(kind: TypeKind, match: RegExpExecArray): Parameters<typeof sqlType>[1] {
  const [first, second] = [match[2], match[3]].map((text) => (text === undefined ? undefined : Number(text)));
  if (kind === "string") return first === undefined ? {} : { length: first };
  if (kind === "numeric" && first !== undefined) return { precision: first, scale: second ?? 0 };
  if (kind === "time") return first === undefined ? {} : { precision: first };
  if (kind !== "timestamp") return {};
  const precision = first ?? MICROSECONDS;
  // three digits are what a timestamp() has
  return {
    ...(precision === 3 ? {} : { precision }),
    ...(match[4] === " without time zone" ? { timezone: false } : {}),
  };
}

const MEMBERSHIP = /^\(\((\w+|"(?:[^"]|"")*")\)::text = ANY \(\(?ARRAY\[(.*)\](?:\)::text\[\])?\)\)$/s;
const SINGLE = /^\(\((\w+|"(?:[^"]|"")*")\)::text = ('(?:[^']|'')*')::text\)$/s;
const MEMBER = /'((?:[^']|'')*)'::(?:character varying|text)/g;

/** The column and members that a condition lists; `null` for any other condition. */
export function readMembership(sqltext: string): { readonly column: string; readonly type: SqlType } | null {
  const match = MEMBERSHIP.exec(sqltext) ?? SINGLE.exec(sqltext);
  if (match === null) return null;
  const [, name = "", list = ""] = match;
  const column = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
  const values = [...`${list}::text`.matchAll(MEMBER)].map(([, member = ""]) => member.replaceAll("''", "'"));
  return values.length === 0 ? null : { column, type: sqlType("enumeration", { values }) };
}
