import { ArgumentError } from "../../../errors/index.ts";
import { tableOfNode } from "../../../schema/index.ts";
import { describeWithin, type ExpressionNode, type FromNode, isOperand } from "../../../sql/index.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../../mapping/entity-mapper.ts";
import type { LazyStrategy } from "../../mapping/relationship.ts";
import { RelationshipAttribute } from "../../mapping/relationship-attribute.ts";
import { tableMapper } from "../../mapping/table-mapper.ts";

/** `"contains"`: the query's own joins bring it; `"default"`: as the mapping says. */
export type LoadStrategy = LazyStrategy | "contains" | "default";

/** How one relationship is loaded, or all of a class (or of all classes) that no other option names. */
export interface RelationStep {
  readonly kind: "relation";
  /** The class it belongs to; `null`: any. */
  readonly parent: EntityMapper | null;
  /** The alias of that class it was written for; `null`: any. */
  readonly source: FromNode | null;
  /** `null`: all. */
  readonly property: RelationshipProperty | null;
  readonly strategy: LoadStrategy;
  /** The alias that the query's own join leads to; `null`: the class itself. */
  readonly target: FromNode | null;
  /** Only related objects that meet these conditions. */
  readonly criteria: readonly ExpressionNode[];
  readonly innerJoin: boolean;
  /** Parents per statement; `null`: as many as are good for the database. */
  readonly chunkSize: number | null;
  /** How often the step follows itself, for classes that refer to themselves. */
  readonly recursionDepth: number;
}

/** Which columns of a class are loaded with its objects. */
export interface ColumnStep {
  readonly kind: "columns";
  readonly parent: EntityMapper | null;
  readonly change: "defer" | "undefer" | "only";
  /** `null`: all, or those of the group. */
  readonly columns: readonly ColumnProperty[] | null;
  readonly group: string | null;
  /** Reading one that is not loaded throws. */
  readonly raises: boolean;
}

export type Step = RelationStep | ColumnStep;
export type Path = readonly Step[];

/** Options of `selectinload`. */
export interface SelectinOptions {
  /** Parents per statement. Default: 500, or 10,000 where the database takes them as one array. */
  readonly chunkSize?: number;
  /** For a class that refers to itself: how many levels; -1: all there are. */
  readonly recursionDepth?: number;
}

/** Options of `joinedload`. */
export interface JoinedOptions {
  /** JOIN instead of LEFT OUTER JOIN: leaves out objects that have none. */
  readonly innerJoin?: boolean;
}

/** Options of `raiseload`. */
export interface RaiseOptions {
  /** Throw only where loading would send a statement: an object that the session has already may be read. */
  readonly sqlOnly?: boolean;
}

/** Options of `defer`, and of `loadOnly` as its last argument. */
export interface DeferOptions {
  /** Reading a column that is not loaded throws. */
  readonly raiseload?: boolean;
}

type RelationDetails = Partial<Pick<RelationStep, "innerJoin" | "chunkSize" | "recursionDepth">>;

/** @throws ArgumentError for anything but a relationship, or `"*"`. */
export function relationStep(
  attribute: RelationshipAttribute | "*",
  strategy: LoadStrategy,
  parent: EntityMapper | null,
  details: RelationDetails = {},
): RelationStep {
  const common = {
    kind: "relation",
    strategy,
    innerJoin: false,
    chunkSize: null,
    recursionDepth: 1,
    ...details,
  } as const;
  if (attribute === "*") return { ...common, parent, source: null, property: null, target: null, criteria: [] };
  if (!(attribute instanceof RelationshipAttribute)) {
    throw new ArgumentError("A loader option takes a relationship such as User.c.posts.");
  }
  const { property } = attribute;
  const { source, target, criteria } = attribute["~view"];
  if (common.recursionDepth !== 1 && !property.target.isA(property.parent) && !property.parent.isA(property.target)) {
    throw new ArgumentError(
      `${property.name} leads to another class, so nothing follows itself: recursionDepth is for classes that refer to themselves.`,
    );
  }
  return { ...common, parent: property.parent, source, property, target, criteria };
}

export function selectinDetails({ chunkSize, recursionDepth = 1 }: SelectinOptions): RelationDetails {
  for (const [name, value] of Object.entries({ chunkSize: chunkSize ?? 1, recursionDepth })) {
    const isLevels = name === "recursionDepth" && value === -1;
    if (isLevels || (Number.isInteger(value) && value > 0)) continue;
    throw new ArgumentError(`selectinload: ${name} is a whole number of at least 1, not ${describeWithin(value)}.`);
  }
  return {
    chunkSize: chunkSize ?? null,
    recursionDepth: recursionDepth === -1 ? Number.POSITIVE_INFINITY : recursionDepth,
  };
}

/** The mapped column of `User.c.name`, or of an alias's. */
export function columnProperty(value: unknown): { readonly mapper: EntityMapper; readonly property: ColumnProperty } {
  const node = isOperand(value) ? value.toNode() : null;
  const from = node?.kind === "column" ? node.table : null;
  const table = from?.kind === "alias" ? from.source : from;
  const mapper = table?.kind === "table" ? tableMapper(table) : undefined;
  const column = node?.kind === "column" && table?.kind === "table" ? tableOfNode(table)?.find(node.name) : undefined;
  if (mapper === undefined || column === undefined) {
    throw new ArgumentError(
      `This loader option takes columns of a mapped class such as User.c.name, not ${describeWithin(value)}.`,
    );
  }
  const owner = mapper.family.find((member) => member.has(column)) ?? mapper;
  return { mapper: owner, property: owner.property(column) };
}

/** Columns of one class. */
export function columnStep(
  given: readonly unknown[],
  change: ColumnStep["change"],
  raises: boolean,
  parent: EntityMapper | null,
): ColumnStep {
  if (given[0] === "*") return { kind: "columns", parent, change, columns: null, group: null, raises };
  const found = given.map(columnProperty);
  const [first] = found;
  if (first === undefined)
    throw new ArgumentError("loadOnly() takes the columns to load: loadOnly(User.c.id, User.c.name).");
  const other = found.find(({ mapper }) => mapper.root !== first.mapper.root);
  if (other !== undefined) {
    throw new ArgumentError(
      `A loader option takes columns of one class: ${other.mapper.name}.${other.property.key} is not of ${first.mapper.name}.`,
    );
  }
  const columns = found.map(({ property }) => property);
  const isOne = found.every(({ mapper }) => mapper === first.mapper);
  return { kind: "columns", parent: isOne ? first.mapper : first.mapper.root, change, columns, group: null, raises };
}

/** Everything about a step but its expressions. */
export function stepKey(step: Step): readonly unknown[] {
  const parent = step.parent?.id ?? 0;
  if (step.kind === "columns") {
    return [parent, step.change, step.columns?.map(({ key }) => key) ?? 0, step.group, step.raises];
  }
  const { property, strategy, innerJoin, chunkSize, recursionDepth, criteria, source, target } = step;
  const levels = recursionDepth === Number.POSITIVE_INFINITY ? -1 : recursionDepth;
  const has = [source !== null, target !== null, criteria.length];
  return [parent, strategy, property?.key ?? 0, innerJoin, chunkSize, levels, ...has];
}

/** The expressions of a step. */
export function stepNodes(step: Step): readonly (ExpressionNode | FromNode)[] {
  if (step.kind === "columns") return [];
  return [step.source, step.target, ...step.criteria].filter((node) => node !== null);
}
