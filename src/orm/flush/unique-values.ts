import { UniqueViolation } from "../../errors/index.ts";
import { isOperand } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import { identityKey } from "../state/identity-map.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { changedColumns } from "./dirty.ts";
import { keptValue, keyOf } from "./row-write.ts";
import { byMapper, type States } from "./states-by-mapper.ts";
import type { WorkPlan } from "./work-plan.ts";

/** Values that may stand in one row of a table only, and pass from one object to another within a flush. */

type Unique = readonly ColumnProperty[];

const known = new WeakMap<EntityMapper, readonly Unique[]>();

/** The unique columns of a class's table, beside its key. */
function uniquesOf(mapper: EntityMapper): readonly Unique[] {
  let uniques = known.get(mapper);
  if (uniques === undefined) {
    const { table } = mapper;
    const indexes = table.indexes.filter((index) => index.unique);
    const own = [...table.uniques, ...indexes].filter(({ columns }) => columns.every((column) => mapper.has(column)));
    uniques = own.map(({ columns }) => columns.map((column) => mapper.property(column)));
    known.set(mapper, uniques);
  }
  return uniques;
}

/** An object that is written takes a unique value that another one's row has. */
export interface UniqueConflict {
  readonly taker: InstanceState;
  readonly holder: InstanceState;
  readonly columns: Unique;
}

/** Deleted objects whose unique values others take: they have to go first. */
export function deletedHolders(plan: WorkPlan): ReadonlySet<InstanceState> {
  const holders = new Set<InstanceState>();
  for (const [mapper, deleted] of byMapper(plan.deletes)) {
    const uniques = [...uniquesOf(mapper), mapper.primaryKey];
    const inserts = plan.inserts.filter((state) => state.mapper === mapper);
    const updates = [...plan.updates].filter((state) => state.mapper === mapper);
    const others = relatives(plan, mapper);
    for (const columns of uniques) {
      // a new object with the key of a deleted one takes its row over
      const own = columns === mapper.primaryKey ? updates : [...inserts, ...updates];
      const takers = others.length === 0 ? own : [...own, ...others.filter((state) => hasAll(state, columns))];
      for (const { holder } of conflicts(plan, columns, takers, deleted)) holders.add(holder);
    }
    if (holders.size === 0) continue;
    const switched = new Set(inserts.map(keyOf));
    for (const holder of deleted) if (switched.has(holder.key)) holders.delete(holder);
  }
  return holders;
}

/** New and changed objects of other classes that share a class's table. */
function relatives(plan: WorkPlan, mapper: EntityMapper): States {
  if (!mapper.isPolymorphic) return [];
  return [...plan.inserts, ...plan.updates].filter(
    (state) => state.mapper !== mapper && state.mapper.root === mapper.root,
  );
}

function hasAll({ mapper }: InstanceState, columns: Unique): boolean {
  return columns.every((property) => mapper.columns.includes(property));
}

function conflicts(plan: WorkPlan, columns: Unique, takers: States, holders: States): readonly UniqueConflict[] {
  if (takers.length === 0) return [];
  const held = new Map<unknown, InstanceState>();
  for (const holder of holders) {
    const key = identityKey(columns.map((column) => keptValue(holder, column)));
    if (key !== undefined) held.set(key, holder);
  }
  const found: UniqueConflict[] = [];
  for (const taker of takers) {
    const key = identityKey(columns.map((column) => nextValue(plan, taker, column)));
    const holder = key === undefined ? undefined : held.get(key);
    if (holder !== undefined && holder !== taker) found.push({ taker, holder, columns });
  }
  return found;
}

/** The value an object's row is going to have, as far as it is known; else null. */
function nextValue(plan: WorkPlan, state: InstanceState, column: ColumnProperty): unknown {
  for (const { source, path } of plan.syncs.get(state) ?? []) {
    const pair = path.columns.find(({ to }) => to === column);
    if (pair !== undefined) return source === null ? null : source.value(pair.from.key);
  }
  const value = state.value(column.key);
  return isOperand(value) ? null : value;
}

/** Says in the error of a refused row which objects stand in each other's way. */
export function explainConflict(
  plan: WorkPlan,
  present: (state: InstanceState) => InstanceState | undefined,
  error: unknown,
): void {
  if (!(error instanceof UniqueViolation)) return;
  const inserted = plan.inserts.filter((state) => state.row === null);
  const twin = inserted.find((state) => present(state) !== undefined);
  if (twin !== undefined) {
    error.message += ` The new ${twin.mapper.name} conflicts with the persistent ${twin.mapper.name} ${String(keyOf(twin))} of this session, which has the same key: change that one, or delete it in the same flush.`;
    return;
  }
  const open = [...plan.updates].filter((state) => changedColumns(state, false).length > 0);
  for (const [mapper, updates] of byMapper(open)) {
    for (const columns of uniquesOf(mapper)) {
      const [conflict] = conflicts(plan, columns, updates, updates);
      if (conflict === undefined) continue;
      const names = columns.map(({ key }) => key).join(", ");
      error.message += ` ${mapper.name} ${String(conflict.taker.key)} takes the ${names} that ${mapper.name} ${String(conflict.holder.key)} gives away in the same flush: give the value up first, flush, then assign it.`;
      return;
    }
  }
}
