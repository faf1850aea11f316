// What a database says of its tables, as plain data: what the inspector answers, and what reflected tables are made of.
import type { SqlType } from "../types/index.ts";
import type { ReferenceAction } from "./column-builder.ts";

export interface ReflectedColumn {
  readonly name: string;
  /** `null`: a type the library does not know; `databaseType` names it. */
  readonly type: SqlType | null;
  /** The type as the database calls it. */
  readonly databaseType: string;
  readonly nullable: boolean;
  /** SQL, as the database tells it. */
  readonly default: string | null;
  /** The database fills it with the next number. */
  readonly autoincrement: boolean;
  readonly computed: { readonly sqltext: string; readonly persisted: boolean } | null;
  readonly comment: string | null;
  /** The database changes it whenever the row is updated (ON UPDATE of MariaDB and MySQL). */
  readonly serverOnUpdate: boolean;
}

export interface ReflectedPrimaryKey {
  readonly name: string | null;
  /** Empty for a table without primary key. */
  readonly constrainedColumns: readonly string[];
}

export interface ReflectedForeignKey {
  readonly name: string | null;
  readonly constrainedColumns: readonly string[];
  /** `null`: where unqualified names are found. */
  readonly referredSchema: string | null;
  readonly referredTable: string;
  readonly referredColumns: readonly string[];
  /** An action that is not named is the default, which refuses. */
  readonly options: {
    readonly onDelete?: ReferenceAction;
    readonly onUpdate?: ReferenceAction;
    readonly deferrable?: boolean;
  };
}

export interface ReflectedUniqueConstraint {
  readonly name: string | null;
  readonly columnNames: readonly string[];
}

export interface ReflectedIndex {
  readonly name: string;
  /** `null` stands for an expression. */
  readonly columnNames: readonly (string | null)[];
  /** The SQL of each element, of an index that has expressions. */
  readonly expressions: readonly string[] | null;
  readonly unique: boolean;
  /** The condition of rows that are in it, of a partial index. */
  readonly where: string | null;
  /** The name of the constraint that it was made for. */
  readonly duplicatesConstraint: string | null;
}

export interface ReflectedCheckConstraint {
  readonly name: string | null;
  readonly sqltext: string;
  /** The column whose members it lists: then it is what an enumeration is made of. */
  readonly enumerates: string | null;
}

export type RelationKind = "table" | "view" | "materialized view";

/** A table or view of a schema. */
export interface Relation {
  readonly name: string;
  readonly kind: RelationKind;
  readonly comment: string | null;
}

/** All that is told of one table or view but its comment. */
export interface ReflectedTable {
  readonly name: string;
  readonly columns: readonly ReflectedColumn[];
  readonly primaryKey: ReflectedPrimaryKey;
  readonly foreignKeys: readonly ReflectedForeignKey[];
  readonly uniqueConstraints: readonly ReflectedUniqueConstraint[];
  readonly indexes: readonly ReflectedIndex[];
  readonly checkConstraints: readonly ReflectedCheckConstraint[];
}
