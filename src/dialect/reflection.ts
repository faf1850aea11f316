import type { ReferenceAction, ReflectedCheckConstraint, ReflectedTable } from "../schema/index.ts";
import type { SqlType } from "../types/index.ts";

/** SQL for a system catalog, with the driver's own placeholders. */
export interface CatalogQuery {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export type CatalogRow = readonly unknown[];

/** Which tables and views of a schema. */
export interface TableRequest {
  /** `null`: the default one. */
  readonly schema: string | null;
  /** `null`: all of them. */
  readonly names: readonly string[] | null;
  /** Whether views are meant, too, where no names are given. */
  readonly views: boolean;
}

/** How one database is asked what it holds. Names are parameters everywhere. */
export interface Reflection {
  /** Rows: name. */
  readonly schemas: CatalogQuery;
  /** The tables and views, in the order in which they may be created. Rows: name, kind (`RelationKind`), comment. */
  relations(schema: string | null): CatalogQuery;
  /** As many statements for all tables of a schema as for one; what they give is for `assemble`. */
  tables(request: TableRequest): readonly CatalogQuery[];
  assemble(answers: readonly (readonly CatalogRow[])[], request: TableRequest): readonly ReflectedTable[];
  /** Rows: SQL. */
  viewDefinition(schema: string | null, name: string): CatalogQuery;
  /** Rows: name, labels. `null`: the database has no enumerated types of their own. */
  readonly enums: ((schema: string | null) => CatalogQuery) | null;
}

/** Rows by their first column. */
export function byTable(rows: readonly CatalogRow[] | undefined): ReadonlyMap<string, readonly CatalogRow[]> {
  return groupBy(rows ?? [], ([table]) => String(table));
}

/** Items by a key, in their order. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const actions: ReadonlySet<string> = new Set<ReferenceAction>(["cascade", "set null", "set default", "restrict"]);

/** What a foreign key's rules come to; the default is left out. */
export function referenceOptions(
  onDelete: unknown,
  onUpdate: unknown,
  deferrable: boolean,
): { onDelete?: ReferenceAction; onUpdate?: ReferenceAction; deferrable?: boolean } {
  const [removal, change] = [String(onDelete).toLowerCase(), String(onUpdate).toLowerCase()];
  return {
    ...(actions.has(removal) ? { onDelete: removal as ReferenceAction } : {}),
    ...(actions.has(change) ? { onUpdate: change as ReferenceAction } : {}),
    ...(deferrable ? { deferrable } : {}),
  };
}

/** A condition and its parameters: the column is one of the names. */
export function amongNames(
  column: string,
  names: readonly string[] | null,
  placeholder: (index: number) => string,
): string {
  if (names === null) return "";
  return names.length === 0
    ? " AND 1 = 0"
    : ` AND ${column} IN (${names.map((_name, index) => placeholder(index)).join(", ")})`;
}

/** What a condition says of a column's type. */
export type ReadMembership = (sqltext: string) => { readonly column: string; readonly type: SqlType } | null;

/** Conditions, and the enumerations that they make of columns. */
export function readConditions(
  conditions: readonly { readonly name: string | null; readonly sqltext: string }[],
  read: ReadMembership,
): { readonly checks: readonly ReflectedCheckConstraint[]; readonly enumerations: ReadonlyMap<string, SqlType> } {
  const enumerations = new Map<string, SqlType>();
  const checks = conditions.map(({ name, sqltext }) => {
    const membership = read(sqltext);
    const isFirst = membership !== null && !enumerations.has(membership.column);
    if (isFirst) enumerations.set(membership.column, membership.type);
    return { name, sqltext, enumerates: isFirst ? membership.column : null };
  });
  return { checks, enumerations };
}
