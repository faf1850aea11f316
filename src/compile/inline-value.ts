import { CompileError } from "../errors/index.ts";
import type { SqlType, TypeTable } from "../types/index.ts";
import type { Features } from "./features.ts";

interface InlineDialect {
  readonly features: Features;
  readonly types: TypeTable;
}

/** A value written into SQL, for DDL, where no parameter can stand. */
export function inlineValue(value: unknown, type: SqlType, dialect: InlineDialect): string {
  if (value === null) return "NULL";
  if (typeof value === "boolean") return dialect.features.booleanLiterals[value ? 1 : 0];
  return inlineEncoded(encodeValue(value, type, dialect.types), dialect);
}

function encodeValue(value: unknown, type: SqlType, types: TypeTable): unknown {
  if (type.kind === "unknown" && type.conversions === undefined) return types.encodeUntyped(value);
  const { encode } = types.codec(type);
  return encode === null ? value : encode(value as never);
}

function inlineEncoded(value: unknown, dialect: InlineDialect): string {
  if (value === null) return "NULL";
  if (typeof value === "string") return inlineText(value, dialect.features.backslashEscapes);
  if (value instanceof Uint8Array) return dialect.features.bytesLiteral(hex(value));
  if (typeof value === "bigint" || Number.isFinite(value)) return String(value);
  throw new CompileError(
    `A value of type ${typeof value} cannot be written into DDL. Use a string, number or boolean, or text("…").`,
  );
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Text as a SQL string. */
export function inlineText(value: string, backslashEscapes: boolean): string {
  if (value.includes("\0")) throw new CompileError("Text in DDL cannot hold a NUL character.");
  const doubled = value.replaceAll("'", "''");
  return `'${backslashEscapes ? doubled.replaceAll("\\", "\\\\") : doubled}'`;
}
