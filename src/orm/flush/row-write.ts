import type { Decode } from "../../types/index.ts";
import { bindStatement, type Compiled, prepareStatement } from "../../compile/index.ts";
import { FlushError } from "../../errors/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Column } from "../../schema/index.ts";
import type { Executable, ExpressionNode } from "../../sql/index.ts";
import { equals, selectColumns } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import { identityKey, keyPart } from "../state/identity-map.ts";
import { type InstanceState, NOT_LOADED } from "../state/instance-state.ts";
import type { FlushHost } from "./flush-host.ts";

/** What insertions and updates share: columns as statements need them, values that come back, the row that is kept. */

const written = {
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  exactIntegers: true,
  prepare: true,
} as const;

/** For statements whose SQL and parameters are made at once. */
export const INSERT: Compiled = { ...written, kind: "insert" };
export const UPDATE: Compiled = { ...written, kind: "update" };

/** A column as statements over whole rows need it. */
export function sent(property: ColumnProperty): { readonly name: string; readonly type: Column["type"] } {
  return { name: property.column.name, type: property.column.type };
}

/** The key an object's values make; `undefined` when a part is missing. */
export function keyOf(state: InstanceState): unknown {
  const { primaryKey } = state.mapper;
  const [only] = primaryKey;
  if (only === undefined || primaryKey.length > 1)
    return identityKey(primaryKey.map((property) => state.value(property.key)));
  const value = state.value(only.key);
  return value === null ? undefined : keyPart(value);
}

/** The value a row has for a column, whatever the program has assigned since. */
export function keptValue(state: InstanceState, property: ColumnProperty): unknown {
  const kept = state.row?.[property.index];
  if (kept === NOT_LOADED) return state.value(property.key);
  return kept === null || kept === undefined ? null : property.tracker.restore(kept);
}

/** Keeps what the object now has as what the database has. */
export function takeSnapshot(state: InstanceState): void {
  const { columns } = state.mapper;
  const { object } = state;
  const row: unknown[] = [];
  for (const { key, tracker } of columns) {
    if (!Object.hasOwn(object, key)) defineColumn(object, key, null);
    const value = (object as Record<string, unknown>)[key];
    if (value === undefined) defineColumn(object, key, null);
    row.push(value === null || value === undefined ? null : tracker.snapshot(value));
  }
  state.row = row;
  state.partial = false;
}

/** Gives an object the values that came back for some columns, still in the driver's form. */
export function takeRaw(
  host: FlushHost,
  state: InstanceState,
  returned: readonly ColumnProperty[],
  row: readonly unknown[] | undefined,
): void {
  if (row === undefined && returned.length > 0) {
    throw new FlushError(
      `Writing a ${state.mapper.name} answered no row. A trigger or rule of ${state.mapper.table.fullName} may have kept it out.`,
    );
  }
  returned.forEach((property, index) => {
    defineColumn(state.object, property.key, decoded(row?.[index], decoderOf(host, state.mapper, property)));
  });
}

export function decoderOf(host: FlushHost, mapper: EntityMapper, property: ColumnProperty): Decode | null {
  return host.environmentFor(mapper).dialect.types.codec(property.column.type).decode;
}

export function decoded(raw: unknown, decode: Decode | null | undefined): unknown {
  if (raw === null || raw === undefined) return null;
  return decode == null ? raw : decode(raw as never);
}

/** Asks for columns that the database computed, where a statement that writes cannot return them. */
export function* readBackFlow(host: FlushHost, state: InstanceState, columns: readonly ColumnProperty[]): Flow<void> {
  if (columns.length === 0) return;
  const core = yield* host.connectionFlow(state.mapper);
  const { dialect, cache } = core.environment;
  const where: readonly ExpressionNode[] = state.mapper.primaryKey.map((property) =>
    equals(property.column.toNode(), state.value(property.key)),
  );
  const node = selectColumns(
    columns.map((property) => property.column.toNode()),
    where,
  );
  const select: Executable = { toNode: () => node };
  const result = yield* core.sendFlow(bindStatement(prepareStatement(select, dialect, cache), dialect));
  takeRaw(host, state, columns, result.rows[0]);
}
