import { type SqlType, sqlType } from "../types/index.ts";

/** The type without its limits: a cast would cut without a word what a column refuses. */
export function unlimitedType(type: SqlType): SqlType {
  if (type.native !== undefined) {
    const native = { ...type.native, name: type.native.name.replace(/\([\w\s,]+\)$/, "") };
    return sqlType(type.kind, { ...(type.values === undefined ? {} : { values: type.values }), native });
  }
  switch (type.kind) {
    case "enumeration":
    case "unicode":
      return sqlType("string");
    case "array":
      return sqlType("array", { item: unlimitedType(type.item ?? sqlType("string")) });
    case "timestamp":
      return sqlType("timestamp", { precision: 6, ...(type.timezone === false ? { timezone: false } : {}) });
    default:
      return sqlType(type.kind);
  }
}
