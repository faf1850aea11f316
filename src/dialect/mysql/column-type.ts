import { type SqlType, sqlType, type TypeKind } from "../../types/index.ts";

const kinds: ReadonlyMap<string, TypeKind> = new Map(
  Object.entries<TypeKind>({
    tinyint: "smallint",
    smallint: "smallint",
    mediumint: "integer",
    int: "integer",
    integer: "integer",
    bigint: "bigint",
    decimal: "numeric",
    float: "real",
    double: "double",
    char: "string",
    varchar: "string",
    tinytext: "string",
    text: "string",
    mediumtext: "string",
    longtext: "string",
    timestamp: "timestamp",
    datetime: "timestamp",
    date: "date",
    time: "time",
    year: "smallint",
    json: "json",
    uuid: "uuid",
    binary: "bytes",
    varbinary: "bytes",
    tinyblob: "bytes",
    blob: "bytes",
    mediumblob: "bytes",
    longblob: "bytes",
    bit: "bytes",
    enum: "enumeration",
  }),
);

/** Of unsigned numbers: the kind that holds them all. */
const unsignedKinds: Partial<Record<TypeKind, TypeKind>> = { smallint: "integer", integer: "bigint" };

const COLUMN_TYPE = /^(\w+)(?:\((.*)\))?( unsigned)?( zerofill)?$/is;

/** The type of a column by its COLUMN_TYPE; `null` for one that is not known. */
export function columnType(text: string, dialect: "mariadb" | "mysql"): SqlType | null {
  const match = COLUMN_TYPE.exec(text);
  const name = (match?.[1] ?? "").toLowerCase();
  const kind = kinds.get(name);
  if (kind === undefined) return null;
  const argument = match?.[2];
  if (name === "tinyint" && argument === "1") return sqlType("boolean");
  if (match?.[3] !== undefined) {
    return sqlType(unsignedKinds[kind] ?? kind, {
      ...optionsOf(name, kind, argument),
      native: { dialect, name: text },
    });
  }
  return sqlType(kind, optionsOf(name, kind, argument));
}

const LENGTHS: ReadonlySet<string> = new Set(["char", "varchar", "binary", "varbinary"]);

function optionsOf(name: string, kind: TypeKind, argument: string | undefined): Parameters<typeof sqlType>[1] {
  const [first, second] = (argument ?? "").split(",").map(Number);
  if (LENGTHS.has(name)) return { length: first ?? 1 };
  switch (kind) {
    case "numeric":
      // the widest there is stands for one without limits
      return argument === "65,30" ? {} : { precision: first ?? 10, scale: second ?? 0 };
    case "timestamp":
      return argument === "3" ? {} : { precision: argument === undefined ? 0 : Number(argument) };
    case "time":
      return argument === "6" ? {} : { precision: argument === undefined ? 0 : Number(argument) };
    case "enumeration":
      return { values: members(argument ?? "") };
    default:
      return {};
  }
}

function members(list: string): readonly string[] {
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map((member) => (member[1] ?? "").replaceAll("''", "'"));
}
