import { ArgumentError } from "../../errors/index.ts";
import type { Operand } from "../../sql/index.ts";

/** Never present at run time: what a relationship leads to. */
export declare const RELATION: "~relation";

/** A relationship as it stands among a class's fields. */
export interface RelationField<C = unknown, Many extends boolean = boolean, Nullable extends boolean = boolean> {
  readonly "~relation"?: { readonly target: C; readonly many: Many; readonly nullable: Nullable };
  readonly relation: true;
}

/** How related objects are loaded when a query does not say. */
export type LazyStrategy =
  | "select"
  | "selectin"
  | "joined"
  | "subquery"
  | "immediate"
  | "raise"
  | "raiseOnSql"
  | "noload";

export interface RelationshipOptions {
  /** The attribute of the other class that is the same relationship seen from there; both are kept in step. */
  readonly backPopulates?: string;
  /**
   * What reaches related objects: `"save-update"`, `"merge"`, `"delete"`, `"delete-orphan"`, `"expunge"`,
   * `"refresh-expire"`, `"all"` (all but delete-orphan), `"none"`. Default `"save-update, merge"`.
   */
  readonly cascade?: string;
  /** The association table of a many-to-many relationship. */
  readonly secondary?: object;
  /** How the class's table is joined: to the target, or to the association table. Needed where keys leave a choice. */
  readonly primaryJoin?: Operand;
  /** How the association table is joined to the target. */
  readonly secondaryJoin?: Operand;
  /** Which columns hold the keys, where several would do: `[Post.c.authorId]`. */
  readonly foreignKeys?: Operand | readonly Operand[];
  /**
   * Of a class that refers to itself: the columns on the other side, where they cannot be told. `many()` leads to the rows
   * that hold the key; `one()` and `maybe()` to the row it refers to, unless this names the key: `[Page.c.previousId]`.
   */
  readonly remoteSide?: Operand | readonly Operand[];
  /** Order of a collection. */
  readonly orderBy?: Operand | readonly Operand[];
  /** Default `"select"`: when first read. */
  readonly lazy?: LazyStrategy;
  /**
   * Leaves rows that refer to a deleted one to the database (`ON DELETE …`), except for members that are loaded;
   * `"all"`: those too. Default false.
   */
  readonly passiveDeletes?: boolean | "all";
  /**
   * Leaves rows that refer to a changed key to the database (`ON UPDATE CASCADE`); loaded objects follow. False: they are
   * loaded and updated. Default true.
   */
  readonly passiveUpdates?: boolean;
  /**
   * Writes the key by an UPDATE of its own, after both rows are there, and clears it before they are deleted: for rows that
   * refer to each other. Default false.
   */
  readonly postUpdate?: boolean;
  /**
   * An object may be held by one parent only; a second one is refused. What `delete-orphan` needs where keys do not ensure
   * it: on a many-to-one or many-to-many relationship. Default false.
   */
  readonly singleParent?: boolean;
  /** Only for reading: what is assigned is never written, and the other side does not follow. Default false. */
  readonly viewonly?: boolean;
}

/** A relationship as written among a class's fields. */
export class RelationshipDefinition<C = unknown, Many extends boolean = boolean, Nullable extends boolean = boolean>
  implements RelationField<C, Many, Nullable>
{
  declare readonly "~relation"?: { readonly target: C; readonly many: Many; readonly nullable: Nullable };
  readonly relation = true as const;
  readonly target: C;
  readonly isMany: boolean;
  readonly options: RelationshipOptions;

  constructor(target: C, isMany: boolean, options: RelationshipOptions) {
    if (target === undefined || target === null) {
      throw new ArgumentError(
        "A relationship was given undefined: the class it leads to is not defined yet. Make the field a getter: get posts() { return many(Post); }.",
      );
    }
    this.target = target;
    this.isMany = isMany;
    this.options = options;
  }
}

/** A collection of related objects. */
export function many<C>(target: C, options: RelationshipOptions = {}): RelationshipDefinition<C, true, false> {
  return new RelationshipDefinition(target, true, options);
}

/** One related object, which is always there. */
export function one<C>(target: C, options: RelationshipOptions = {}): RelationshipDefinition<C, false, false> {
  return new RelationshipDefinition(target, false, options);
}

/** One related object, or null. */
export function maybe<C>(target: C, options: RelationshipOptions = {}): RelationshipDefinition<C, false, true> {
  return new RelationshipDefinition(target, false, options);
}
