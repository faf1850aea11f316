import { bindStatement, prepareStatement } from "../../compile/index.ts";
import type { Flow } from "../../flow/index.ts";
import { type ExpressionNode, isOperand, operandNode, TARGET, type UpdateNode } from "../../sql/index.ts";
import { isValue } from "../load/statements.ts";
import type { ColumnProperty, EntityMapper } from "../mapping/entity-mapper.ts";
import type { InstanceState } from "../state/instance-state.ts";
import { changedColumns } from "./dirty.ts";
import type { FlushHost } from "./flush-host.ts";
import { keepRead, keepWritten, keptValue, readBackFlow, rowsToKeep, takeRaw, unloadColumns } from "./row-write.ts";
import { staleFlow } from "./stale-rows.ts";

export function isExpression(state: InstanceState, property: ColumnProperty): boolean {
  return isOperand(state.value(property.key)) || isDefaultExpression(state, property);
}

// the column's own expression goes where the program has assigned nothing
function isDefaultExpression(state: InstanceState, property: ColumnProperty): boolean {
  const { onUpdate } = property.column;
  return onUpdate !== null && typeof onUpdate !== "function" && !changedColumns(state, false).includes(property);
}

/** What an UPDATE leaves to the database: columns to be read, and those that count as not loaded from now on. */
export function openColumns(
  mapper: EntityMapper,
  computed: readonly ColumnProperty[],
): { readonly read: readonly ColumnProperty[]; readonly unread: readonly ColumnProperty[] } {
  const { changedByServer, eagerDefaults, version } = mapper.rules;
  if (computed.length === 0 && changedByServer.length === 0) return nothingOpen;
  const all = [...new Set([...computed, ...changedByServer])];
  if (eagerDefaults) return { read: all, unread: [] };
  // the next UPDATE needs the version
  const read = all.filter((property) => property === version?.property);
  return { read, unread: all.filter((property) => !read.includes(property)) };
}

const nothingOpen = { read: [], unread: [] } as const;

/** One object by a statement that may hold SQL expressions, and that returns what the database computed if it can. */
export function* updateObjectFlow(
  host: FlushHost,
  state: InstanceState,
  columns: readonly ColumnProperty[],
): Flow<void> {
  const { mapper } = state;
  const core = yield* host.connectionFlow(mapper);
  const { dialect, cache } = core.environment;
  const computed = columns.filter((property) => isExpression(state, property));
  const { read, unread } = openColumns(mapper, computed);
  const plain = columns.filter((property) => !computed.includes(property));
  const { returning } = dialect.features;
  const returns =
    returning.update &&
    read.length > 0 &&
    (returning.triggered || read.every(({ column }) => column.spec.serverOnUpdate !== true));
  const node: UpdateNode = {
    kind: "update",
    table: mapper.table.node,
    target: mapper.table[TARGET](),
    columns: columns.map((property) => property.column.name),
    values: columns.map((property) => updateValue(state, property)),
    from: [],
    where: isKept(state),
    returning: returns ? read.map((property) => property.column.toNode()) : [],
    ctes: [],
    options: [],
  };
  const prepared = prepareStatement({ toNode: () => node }, dialect, cache);
  const bound = bindStatement(prepared, dialect);
  const [kept] = rowsToKeep(plain, [plain.map(({ key }) => state.value(key))]);
  const result = yield* core.sendFlow(bound);
  const matched = returns ? result.rows.length : result.affected;
  if (matched !== 1) throw yield* staleFlow(host, { statement: "UPDATE", states: [state], matched });
  if (returns) takeRaw(host, state, read, result.rows[0]);
  else yield* readBackFlow(host, [state], read);
  keepWritten(state, plain, kept as Row);
  keepRead(state, read);
  unloadColumns(state, unread);
}

type Row = readonly unknown[];

/** The columns that tell whether a row is still the one that was loaded: the key, and the version. */
export function matchedColumns({ primaryKey, rules: { version } }: EntityMapper): readonly ColumnProperty[] {
  return version === null ? primaryKey : [...primaryKey, version.property];
}

/** Something that tells the object's row is NULL, which no list of values can match. */
export function isMatchedByNull(state: InstanceState): boolean {
  const { primaryKey, rules } = state.mapper;
  if (rules.version === null && primaryKey.length === 1) return false;
  return matchedColumns(state.mapper).some((property) => keptValue(state, property) === null);
}

/** The row is still the one that was loaded. */
export function isKept(state: InstanceState): readonly ExpressionNode[] {
  return matchedColumns(state.mapper).map((property) => isValue(property.column.toNode(), keptValue(state, property)));
}

function updateValue(state: InstanceState, property: ColumnProperty): UpdateNode["values"][number] {
  const { column } = property;
  if (isDefaultExpression(state, property)) return column.onUpdate as UpdateNode["values"][number];
  return operandNode(state.value(property.key), column.type);
}
