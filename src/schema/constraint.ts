import { ArgumentError } from "../errors/index.ts";
import type { Operand } from "../sql/index.ts";
import type { Column } from "./column.ts";
import type { ReferenceOptions } from "./column-builder.ts";

/** A primary key over several columns. */
export class PrimaryKeyConstraint {
  readonly columns: readonly string[];
  readonly name: string | null;
  constructor(columns: readonly string[], options: { readonly name?: string } = {}) {
    this.columns = columns;
    this.name = options.name ?? null;
  }
}

/** No combination of these columns twice. */
export class UniqueConstraint {
  readonly columns: readonly string[];
  readonly name: string | null;
  constructor(columns: readonly string[], options: { readonly name?: string } = {}) {
    requireColumns("UniqueConstraint", columns);
    this.columns = columns;
    this.name = options.name ?? null;
  }
}

/** A condition every row must meet. */
export class CheckConstraint {
  readonly condition: Operand;
  readonly name: string | null;
  constructor(condition: Operand, options: { readonly name?: string } = {}) {
    this.condition = condition;
    this.name = options.name ?? null;
  }
}

/** A reference over several columns; `target` lists columns as `"table.column"`, or functions that answer them. */
export class ForeignKeyConstraint {
  readonly columns: readonly string[];
  readonly target: readonly (string | (() => Column))[];
  readonly options: ReferenceOptions;
  constructor(
    columns: readonly string[],
    target: readonly (string | (() => Column))[],
    options: ReferenceOptions = {},
  ) {
    requireColumns("ForeignKeyConstraint", columns);
    if (columns.length !== target.length) {
      throw new ArgumentError(
        `A ForeignKeyConstraint pairs its columns: ${columns.length} were given, and ${target.length} to refer to.`,
      );
    }
    this.columns = columns;
    this.target = target;
    this.options = options;
  }
}

/** An index. Columns are named by their keys. */
export class Index {
  readonly name: string | null;
  readonly columns: readonly string[];
  readonly unique: boolean;
  constructor(name: string | null, columns: readonly string[], options: { readonly unique?: boolean } = {}) {
    requireColumns("Index", columns);
    this.name = name;
    this.columns = columns;
    this.unique = options.unique ?? false;
  }
}

export type TableItem = PrimaryKeyConstraint | UniqueConstraint | CheckConstraint | ForeignKeyConstraint | Index;

function requireColumns(what: string, columns: readonly string[]): void {
  if (!Array.isArray(columns) || columns.length === 0) throw new ArgumentError(`${what} needs a list of column names.`);
}
