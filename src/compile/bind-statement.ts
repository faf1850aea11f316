import { ArgumentError, InvalidRequestError, StatementError } from "../errors/index.ts";
import type { Encode } from "../types/index.ts";
import type { BindSlot, BoundStatement, Compiled, ExpandingSlot, PreparedStatement } from "./compiled.ts";
import type { DialectProfile } from "./sql-writer.ts";
import { checkList } from "./visit-expression.ts";

/** Parameters by name. */
export type Parameters = Readonly<Record<string, unknown>>;

/**
 * Puts values into a compiled statement's layout.
 *
 * @throws StatementError for a parameter without a value, ArgumentError where none of the names given is the statement's.
 */
export function bindStatement(
  prepared: PreparedStatement,
  dialect: DialectProfile,
  params?: Parameters,
): BoundStatement {
  const { compiled } = prepared;
  const bound =
    compiled.pieces === null
      ? { compiled, sql: compiled.sql, params: bindValues(compiled, prepared.values, dialect, params) }
      : bindExpanding(prepared, compiled.pieces, dialect, params);
  if (params !== undefined) refuseStrange(compiled, params);
  return bound;
}

/** Puts many sets of parameters into the layout of one statement. */
export function bindStatementMany(
  prepared: PreparedStatement,
  dialect: DialectProfile,
  paramSets: readonly Parameters[],
): { readonly sql: string; readonly paramSets: readonly (readonly unknown[])[] } {
  const { compiled, values } = prepared;
  if (compiled.pieces !== null) {
    throw new InvalidRequestError(
      "A statement with an IN over a list cannot be executed with a list of parameters. Execute it once for each.",
    );
  }
  const bound = paramSets.map((params) => bindValues(compiled, values, dialect, params));
  const [first] = paramSets;
  if (first !== undefined) refuseStrange(compiled, first);
  return { sql: compiled.sql, paramSets: bound };
}

function bindValues(
  compiled: Compiled,
  values: readonly unknown[],
  dialect: DialectProfile,
  params: Parameters | undefined,
): unknown[] {
  const { slots } = compiled;
  const bound = new Array<unknown>(slots.length);
  for (let index = 0; index < slots.length; index += 1) {
    const slot = slots[index] as BindSlot;
    bound[index] = encodeValue(slotValue(slot, values, params, compiled), slot.encode, dialect);
  }
  return bound;
}

function slotValue(
  slot: BindSlot,
  values: readonly unknown[],
  params: Parameters | undefined,
  compiled: Compiled,
): unknown {
  if (slot.name !== null && params !== undefined && Object.hasOwn(params, slot.name)) return params[slot.name];
  if (slot.required) throw missingValue(slot.name ?? "", compiled, params);
  if (slot.index >= 0) return values[slot.index];
  return slot.generate === null ? slot.constant : slot.generate();
}

/** One name of the statement's is enough: a program may give several statements the same record. */
function refuseStrange({ slots }: Compiled, params: Parameters): void {
  let strange = false;
  for (const name in params) {
    for (const slot of slots) if (slot.name === name) return;
    strange = true;
  }
  if (!strange) return;
  const names = [...new Set(slots.flatMap((slot) => slot.name ?? []))];
  throw new ArgumentError(
    `The statement has no parameter called ${Object.keys(params).join(" or ")}; it has ${names.join(", ") || "none"}. ` +
      "Values are given by the names of bindparam() and text(), options as the argument after them.",
  );
}

function missingValue(name: string, compiled: Compiled, params: Parameters | undefined): StatementError {
  const given = Object.keys(params ?? {});
  const found = given.length === 0 ? "" : ` What was given is ${given.join(", ")}.`;
  const message = `A value is required for bind parameter ${JSON.stringify(name)}. Give it when executing: execute(statement, { ${name}: … }).${found}`;
  return new StatementError(message, {
    code: "cd3x",
    sql: compiled.pieces === null ? compiled.sql : compiled.pieces.join("?"),
    cause: new InvalidRequestError(message, { code: "cd3x" }),
  });
}

function encodeValue(value: unknown, encode: Encode | null | undefined, dialect: DialectProfile): unknown {
  if (value === null) return null;
  if (value === undefined || encode === undefined) return dialect.types.encodeUntyped(value);
  return encode === null ? value : encode(value as never);
}

/** Lists become as many placeholders as they have members; each length is a statement of its own to the database. */
function bindExpanding(
  prepared: PreparedStatement,
  pieces: readonly string[],
  dialect: DialectProfile,
  params?: Parameters,
): BoundStatement {
  const { compiled, values } = prepared;
  const numbered = dialect.features.placeholder === "numbered";
  const bound: unknown[] = [];
  let sql = pieces[0] ?? "";
  const placeholder = (value: unknown): string => {
    bound.push(value);
    return numbered ? `$${bound.length}` : "?";
  };
  compiled.slots.forEach((slot, index) => {
    const value = slotValue(slot, values, params, compiled);
    sql +=
      slot.expanding === null
        ? placeholder(encodeValue(value, slot.encode, dialect))
        : expand(value, slot.expanding, dialect, placeholder);
    sql += pieces[index + 1] ?? "";
  });
  return { compiled, sql, params: bound };
}

function checkTuple(member: unknown, slot: ExpandingSlot): readonly unknown[] {
  if (Array.isArray(member) && member.length === slot.encoders.length) return member;
  throw new InvalidRequestError(`Each member of this IN parameter must be a list of ${slot.encoders.length} values.`);
}

function expand(
  value: unknown,
  slot: ExpandingSlot,
  dialect: DialectProfile,
  placeholder: (value: unknown) => string,
): string {
  const members = slot.orOne && !Array.isArray(value) ? [value] : checkList(value);
  if (members.length === 0) return slot.empty;
  const one = (member: unknown, place: number): string =>
    placeholder(encodeValue(member, slot.encoders[place], dialect));
  if (!slot.tuple) return members.map((member) => one(member, 0)).join(", ");
  return slot.prefix + members.map((member) => `(${checkTuple(member, slot).map(one).join(", ")})`).join(", ");
}
