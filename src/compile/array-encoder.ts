import { type Encode, type SqlType, sqlType, type TypeTable, unknownType } from "../types/index.ts";

/**
 * Writes a list of values of one type as one array value, for the dialects that have arrays.
 *
 * Values are encoded one by one first: to the array codec a value that is itself a list (json, a typeDecorator over
 * lists) would look like a nested array.
 */
export function arrayEncoder(type: SqlType, types: TypeTable): (values: readonly unknown[]) => unknown {
  const item = type.kind === "unknown" && type.conversions === undefined ? null : types.codec(type).encode;
  const list = types.codec(sqlType("array", { item: unknownType })).encode as ((value: unknown) => unknown) | null;
  return (values) => {
    const encoded = item === null ? values : values.map((value) => encodeItem(value, item));
    return list === null ? encoded : list(encoded);
  };
}

function encodeItem(value: unknown, encode: Encode): unknown {
  return value === null ? null : encode(value as never);
}
