import { isOperand } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";

/** Neighbours among new objects of one class that one INSERT can carry (spec B9). */
export interface InsertGroup {
  readonly states: InstanceState[];
  /** The values sent for each object, in the order of `columns`; expressions as they are. */
  readonly rows: unknown[][];
  /** What is kept of them, filled as they are sent. */
  readonly kept: (readonly unknown[])[];
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

const profiles = new WeakMap<EntityMapper, readonly ColumnProfile[]>();

function profilesOf(mapper: EntityMapper): readonly ColumnProfile[] {
  let known = profiles.get(mapper);
  if (known === undefined) {
    known = mapper.columns.map((property) => profileOf(mapper, property));
    profiles.set(mapper, known);
  }
  return known;
}

function profileOf(mapper: EntityMapper, property: ColumnProperty): ColumnProfile {
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
export function insertGroups(mapper: EntityMapper, states: readonly InstanceState[]): readonly InsertGroup[] {
  const columns = profilesOf(mapper);
  const groups: InsertGroup[] = [];
  let group: InsertGroup | undefined;
  let uses: readonly Use[] = [];
  for (const state of states) {
    const values = columns.map((column) => valueOf(state, column));
    const own = columns.map((column, index) => useOf(column, values[index]));
    if (group === undefined || own.some((use, index) => use !== uses[index])) {
      group = newGroup(mapper, columns, own);
      groups.push(group);
      uses = own;
    }
    group.states.push(state);
    group.rows.push(values.filter((_value, index) => isSent(own[index])));
  }
  return groups;
}

function valueOf(state: InstanceState, { property, make, isOurs }: ColumnProfile): unknown {
  const value = state.value(property.key);
  if (make === null || (value !== null && !isOurs)) return value;
  const made = make() ?? null;
  defineColumn(state.object, property.key, made);
  return made;
}

function useOf({ whenMissing, isComputed }: ColumnProfile, value: unknown): Use {
  if (isComputed) return "generated";
  if (value === null) return whenMissing;
  return typeof value === "object" && isOperand(value) ? "expression" : "value";
}

function isSent(use: Use | undefined): boolean {
  return use === "value" || use === "expression";
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
    columns: those(isSent),
    fills: those((use) => use === "fill"),
    read: made.filter(isNeeded),
    unread: made.filter((property) => !isNeeded(property)),
    hasExpressions: uses.includes("expression"),
  };
}
