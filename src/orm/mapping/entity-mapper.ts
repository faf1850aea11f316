import type { Column, Table } from "../../schema/index.ts";
import type { ExpressionNode, FromNode, TableNode } from "../../sql/index.ts";
import type { CascadeToken } from "./cascade.ts";
import type { EntityListeners } from "./entity-events.ts";
import type { LazyStrategy } from "./relationship.ts";
import type { Tracker } from "./tracker.ts";

/** One mapped column. */
export interface ColumnProperty {
  /** Its place in a loaded row. */
  readonly index: number;
  /** The attribute's name. */
  readonly key: string;
  readonly column: Column;
  readonly tracker: Tracker;
  readonly isPrimaryKey: boolean;
}

/** Two columns that hold the same value on both sides of a relationship. */
export interface ColumnPair {
  /** On the side the pair starts from. */
  readonly from: Column;
  /** On the other side. */
  readonly to: Column;
}

export type RelationshipDirection = "one-to-many" | "many-to-one" | "many-to-many";

/** A relationship with everything found out: tables, columns, and the same relationship seen from the other side. */
export interface RelationshipProperty {
  readonly key: string;
  /** Its place among the class's relationships. */
  readonly index: number;
  readonly parent: EntityMapper;
  readonly target: EntityMapper;
  readonly direction: RelationshipDirection;
  readonly isMany: boolean;
  /** From the parent's columns to the target's; of a many-to-many, to the association table's. */
  readonly pairs: readonly ColumnPair[];
  /** From the association table's columns to the target's; empty otherwise. */
  readonly secondaryPairs: readonly ColumnPair[];
  readonly secondary: TableNode | null;
  readonly inverse: RelationshipProperty | null;
  readonly cascade: ReadonlySet<CascadeToken>;
  readonly orderBy: readonly ExpressionNode[];
  readonly lazy: LazyStrategy;
  readonly passiveDeletes: boolean | "all";
  readonly passiveUpdates: boolean;
  readonly postUpdate: boolean;
  readonly singleParent: boolean;
  readonly viewonly: boolean;
  /** The target's row is found by its primary key, so that the identity map can answer. */
  readonly byPrimaryKey: boolean;
  /** `User.posts`, for messages. */
  readonly name: string;
  /** Conditions beyond equal columns, written for the plain tables. */
  readonly extraCriteria: readonly ExpressionNode[];
}

/** Makes the version after another; gets `null` for a new object. */
export type VersionGenerator = (current: unknown) => unknown;

export interface VersionRule {
  readonly property: ColumnProperty;
  /** `null`: the database or the program makes versions. */
  readonly next: VersionGenerator | null;
}

/** How rows of one class are written and read. */
export interface MapperRules {
  readonly version: VersionRule | null;
  readonly eagerDefaults: boolean;
  readonly confirmDeletedRows: boolean;
  readonly batch: boolean;
  readonly allowPartialPks: boolean;
  readonly alwaysRefresh: boolean;
  /** Columns that are left out when objects are loaded. */
  readonly deferred: readonly ColumnProperty[];
  /** Columns that the program fills at each UPDATE. */
  readonly onUpdate: readonly ColumnProperty[];
  /** Columns that the database changes at each UPDATE: computed ones, and those of `serverOnUpdate()`. */
  readonly changedByServer: readonly ColumnProperty[];
}

/** How rows of one table are told apart that are objects of several classes. */
export interface Discrimination {
  readonly discriminator: ColumnProperty;
  /** The class of a row, by its discriminator; `key` is for the message. @throws InvalidRequestError for a value that no class has. */
  classOf(value: unknown, key: unknown): EntityMapper;
}

/** A class with the table it is mapped to. */
export interface EntityMapper {
  readonly id: number;
  /** The class's name, for messages. */
  readonly name: string;
  readonly prototype: object;
  readonly listeners: EntityListeners;
  /** What `declarativeBase()` gave, shared with the other classes of the set. */
  readonly base: object;
  readonly table: Table;
  readonly columns: readonly ColumnProperty[];
  readonly relationships: readonly RelationshipProperty[];
  readonly primaryKey: readonly ColumnProperty[];
  /** The class that it extends, whose table it shares; `null` for most. */
  readonly parent: EntityMapper | null;
  /** The topmost of the classes that share its table: itself, for most. */
  readonly root: EntityMapper;
  /** Classes may share its table. */
  readonly isPolymorphic: boolean;
  readonly hierarchy: Discrimination | null;
  /** The value that the rows of this very class have in the discriminator. */
  readonly identity: unknown;
  /** The class and all that extend it. */
  readonly family: readonly EntityMapper[];
  /** The columns that are read for it: its own, then those that only subclasses have. */
  readonly layout: readonly ColumnProperty[];
  /** Whether its objects are objects of the other class, too. */
  isA(other: EntityMapper): boolean;
  /** Which rows of the table are its objects; `null`: all. The same node each time. */
  criterion(source: FromNode): ExpressionNode | null;
  /** How its rows are written and read. */
  readonly rules: MapperRules;
  /** Whether a column is of this class: its table may have others of other classes. */
  has(column: Column): boolean;
  /** The attribute of a column. */
  property(column: Column): ColumnProperty;
  /** The attribute of a name. */
  find(key: string): ColumnProperty | RelationshipProperty | undefined;
  /** The columns as seen through a FROM element: the table itself or an alias. */
  columnNodes(source: FromNode): readonly ExpressionNode[];
}
