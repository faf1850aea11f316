import { isOperand } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { newValuesReader } from "../state/own-values.ts";

/** Neighbours among new objects of one class that one INSERT can carry (spec B9). */
export interface InsertGroup {
  readonly states: InstanceState[];
  /** The values of all columns of each object, null where it has none; expressions as they are. */
  readonly rows: unknown[][];
  /** What is kept of them, filled as they are sent: the objects' rows. */
  readonly kept: unknown[][];
  /** Those whose values are sent. */
  readonly columns: readonly ColumnProperty[];
  /** Columns that get the SQL expression of their default. */
  readonly fills: readonly ColumnProperty[];
  /** Columns whose values only the database knows and that are read: all of them, or with `eagerDefaults: false` the needed ones. */
  readonly read: readonly ColumnProperty[];
  /** Those that are not: they count as not loaded after the flush. */
  readonly unread: readonly ColumnProperty[];
  /** Expressions that the program assigned, which differ from object to object. */
  readonly hasExpressions: boolean;
}

/** How a column gets its value: one that is sent, one that the database makes, a SQL expression given or of its default. */
type Use = "value" | "generated" | "expression" | "fill";

interface ColumnProfile {
  readonly property: ColumnProperty;
  /** Makes a value where none is given. */
  readonly make: (() => unknown) | null;
  /** What is made counts, whatever the program has given. */
  readonly isOurs: boolean;
  /** What becomes of no value at all. */
  readonly whenMissing: Use;
  readonly isComputed: boolean;
}

interface Profile {
  readonly columns: readonly ColumnProfile[];
  /** Those for which the program makes values. */
  readonly makers: readonly ColumnProfile[];
}

const profiles = new WeakMap<EntityMapper, Profile>();

function profileOf(mapper: EntityMapper): Profile {
  let known = profiles.get(mapper);
  if (known === undefined) {
    const columns = mapper.columns.map((property) => columnProfile(mapper, property));
    known = { columns, makers: columns.filter(({ make }) => make !== null) };
    profiles.set(mapper, known);
  }
  return known;
}

function columnProfile(mapper: EntityMapper, property: ColumnProperty): ColumnProfile {
  const { column } = property;
  const { onInsert } = column;
  const { version } = mapper.rules;
  const first = version?.property === property && version.next !== null ? version.next : null;
  const isGenerated = column.spec.serverDefault !== undefined || mapper.table.autoincrement === column;
  return {
    property,
    make: first !== null ? () => first(null) : typeof onInsert === "function" ? onInsert : null,
    isOurs: first !== null,
    whenMissing: onInsert !== null && typeof onInsert !== "function" ? "fill" : isGenerated ? "generated" : "value",
    isComputed: column.spec.computed !== undefined,
  };
}

/** Groups neighbours with the same columns; the order of objects never changes. Client defaults are filled in. */
export function insertGroups(
  mapper: EntityMapper,
  states: readonly InstanceState[],
  jit: boolean | undefined,
): readonly InsertGroup[] {
  const { columns, makers } = profileOf(mapper);
  const read = newValuesReader(mapper, jit);
  const groups: InsertGroup[] = [];
  let group: InsertGroup | undefined;
  let uses: readonly Use[] = [];
  for (const state of states) {
    const row = read(state);
    for (const maker of makers) fill(state, row, maker);
    if (group === undefined || !fits(row, columns, uses)) {
      uses = columns.map((column, index) => useOf(column, row[index]));
      group = newGroup(mapper, columns, uses);
      groups.push(group);
    }
    group.states.push(state);
    group.rows.push(row);
  }
  return groups;
}

function fill({ object }: InstanceState, row: unknown[], { property, make, isOurs }: ColumnProfile): void {
  if (make === null || (row[property.index] !== null && !isOurs)) return;
  const made = make() ?? null;
  defineColumn(object, property.key, made);
  row[property.index] = made;
}

function fits(row: readonly unknown[], columns: readonly ColumnProfile[], uses: readonly Use[]): boolean {
  for (let index = 0; index < uses.length; index += 1)
    if (useOf(columns[index] as ColumnProfile, row[index]) !== uses[index]) return false;
  return true;
}

function useOf({ whenMissing, isComputed }: ColumnProfile, value: unknown): Use {
  if (isComputed) return "generated";
  if (value === null) return whenMissing;
  return typeof value === "object" && isOperand(value) ? "expression" : "value";
}

function newGroup(mapper: EntityMapper, columns: readonly ColumnProfile[], uses: readonly Use[]): InsertGroup {
  const those = (wanted: (use: Use | undefined) => boolean): readonly ColumnProperty[] =>
    columns.filter((_column, index) => wanted(uses[index])).map((column) => column.property);
  const made = those((use) => use !== "value");
  const { eagerDefaults, version } = mapper.rules;
  const isNeeded = (property: ColumnProperty): boolean =>
    eagerDefaults || property.isPrimaryKey || property === version?.property;
  return {
    states: [],
    rows: [],
    kept: [],
    columns: those((use) => use === "value" || use === "expression"),
    fills: those((use) => use === "fill"),
    read: made.filter(isNeeded),
    unread: made.filter((property) => !isNeeded(property)),
    hasExpressions: uses.includes("expression"),
  };
}
