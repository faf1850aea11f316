import { ArgumentError } from "../errors/index.ts";
import {
  type CreateView,
  type DdlNode,
  describeWithin,
  type DropView,
  type Executable,
  type ExpressionNode,
  type Query,
  nameableColumns,
  type QueryNode,
} from "../sql/index.ts";
import type { TableRegistry } from "./column.ts";
import { ColumnBuilder } from "./column-builder.ts";
import { Table, type ViewOptions } from "./table.ts";

/** The fields of a view whose query has these values by name. */
export type ViewFields<L> = { readonly [K in keyof L]: ColumnBuilder<L[K]> };

export interface ViewTableOptions extends Omit<ViewOptions, "query"> {
  readonly schema?: string;
}

/**
 * A view as a table, with the columns of its query. `createAll` and `dropAll` of the metadata create and drop it, after
 * and before the tables it reads.
 *
 * @throws ArgumentError for something that is no query, or a query with two columns of one name.
 */
export function viewTable<L>(
  name: string,
  metadata: TableRegistry,
  query: Query<readonly unknown[], L>,
  options: ViewTableOptions = {},
): Table<ViewFields<L>> {
  const { schema, ...rest } = options;
  const fields: Record<string, ColumnBuilder> = Object.create(null);
  for (const { name: key, node } of nameableColumns(queryOf(query, "viewTable"))) {
    fields[key] = new ColumnBuilder({ type: node.type, name: columnName(key, node), nullable: true });
  }
  return new Table(name, metadata, fields as ViewFields<L>, {
    ...(schema === undefined ? {} : { schema }),
    view: { ...rest, query: () => query },
  });
}

function columnName(key: string, node: ExpressionNode): string {
  return node.kind === "column" ? node.name : key;
}

function queryOf(query: unknown, verb: string): QueryNode {
  const node = (query as Partial<Executable> | null)?.toNode?.();
  if (node?.kind === "select" || node?.kind === "compound") return node;
  throw new ArgumentError(`${verb}() takes a query such as select(…), not ${describeWithin(query)}.`);
}

/** What CREATE VIEW says of a view in a metadata. @throws ArgumentError when its columns and its query's do not agree. */
export function viewDefinition(table: Table, view: ViewOptions): CreateView {
  const query = queryOf(view.query(), "view");
  const keys = nameableColumns(query).map(({ name }) => name);
  const columns = keys.map((key) => table.find(key));
  if (columns.length !== table.columns.length || columns.includes(undefined)) {
    throw new ArgumentError(
      `The view ${JSON.stringify(table.name)} has the columns ${table.columns.map(({ key }) => key).join(", ")}, but its query ` +
        `gives ${keys.join(", ")}. Give each column of the query the name of a field: .as("name").`,
    );
  }
  return {
    verb: "create view",
    name: table.name,
    schema: table.schema,
    query,
    columns: columns.map((column) => column?.name ?? ""),
    materialized: view.materialized ?? false,
    orReplace: false,
    ifNotExists: false,
  };
}

/** What DROP VIEW says of it. */
export function viewRemoval(table: Table, view: ViewOptions): DropView {
  const { name, schema } = table;
  return {
    verb: "drop view",
    name,
    schema,
    materialized: view.materialized ?? false,
    cascade: view.cascade ?? true,
    ifExists: false,
  };
}

export interface CreateViewOptions {
  readonly schema?: string;
  /** Default false. */
  readonly materialized?: boolean;
  /** Replaces a view of that name (PostgreSQL, MariaDB, MySQL). Default false. */
  readonly orReplace?: boolean;
  /** Leaves a view of that name alone (SQLite, MariaDB; materialised ones on PostgreSQL). Default false. */
  readonly ifNotExists?: boolean;
}

export interface DropViewOptions {
  readonly schema?: string;
  readonly materialized?: boolean;
  /** Drops what depends on it, too, where the database has that (PostgreSQL). Default false. */
  readonly cascade?: boolean;
  /** Default false. */
  readonly ifExists?: boolean;
}

/** A CREATE VIEW statement; the values of the query are written into it. */
export function createView(
  name: string,
  query: Query<readonly unknown[], unknown>,
  options: CreateViewOptions = {},
): Executable<readonly []> {
  return ddl({
    verb: "create view",
    name: checkName(name),
    schema: options.schema ?? null,
    query: queryOf(query, "createView"),
    columns: null,
    materialized: options.materialized ?? false,
    orReplace: options.orReplace ?? false,
    ifNotExists: options.ifNotExists ?? false,
  });
}

/** A DROP VIEW statement. */
export function dropView(name: string, options: DropViewOptions = {}): Executable<readonly []> {
  return ddl({
    verb: "drop view",
    name: checkName(name),
    schema: options.schema ?? null,
    materialized: options.materialized ?? false,
    cascade: options.cascade ?? false,
    ifExists: options.ifExists ?? false,
  });
}

function checkName(name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  throw new ArgumentError("A view needs a name.");
}

function ddl(construct: CreateView | DropView): Executable<readonly []> {
  const node: DdlNode = { kind: "ddl", construct };
  return { toNode: () => node };
}
