import type { ExpressionNode, FromNode, StatementOption } from "../../../sql/index.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../../mapping/entity-mapper.ts";
import type { LazyStrategy } from "../../mapping/relationship.ts";
import { LoadOption } from "./load-option.ts";
import type { ColumnStep, Path, RelationStep, Step } from "./load-step.ts";
import { criteriaFor, criteriaOf } from "./loader-criteria.ts";

/** How one relationship is loaded with its parents. */
export interface LoadNode {
  readonly property: RelationshipProperty;
  readonly strategy: LazyStrategy | "contains";
  /** The alias that the query's own join leads to; `null`: the class itself. */
  readonly target: FromNode | null;
  /** Conditions on the related objects, written for the plain class. */
  readonly criteria: readonly ExpressionNode[];
  readonly innerJoin: boolean;
  readonly chunkSize: number | null;
  /** What comes with the related objects where they stand in the same row, or are there already. */
  readonly below: ClassLoading;
  /** The options below this relationship, for statements that load it. */
  readonly options: readonly StatementOption[];
}

/** What is loaded with the objects of a class. */
export interface ClassLoading {
  /** Relationships that need not wait until they are read. */
  readonly nodes: readonly LoadNode[];
  /** `null`: all. */
  readonly columns: readonly ColumnProperty[] | null;
  /** The options that objects keep for what is loaded from them later; `null` for none. */
  readonly kept: readonly StatementOption[] | null;
}

const nothing: ClassLoading = { nodes: [], columns: null, kept: null };

/** A relationship on its own, with nothing beyond. */
export function plainLoad(property: RelationshipProperty): LoadNode {
  return {
    property,
    strategy: "selectin",
    target: null,
    criteria: [],
    innerJoin: false,
    chunkSize: null,
    below: nothing,
    options: [],
  };
}

function emptyLoad(property: RelationshipProperty): LoadNode {
  return { ...plainLoad(property), strategy: "noload" };
}

// classes whose mappings load each other eagerly would go on for ever
const MAPPED_DEPTH = 3;

/** What is loaded with a class under these options, which go before what the mapping says. */
export function classLoading(
  mapper: EntityMapper,
  options: readonly StatementOption[],
  source: FromNode | null = null,
  depth = 0,
): ClassLoading {
  const paths = concerning(mapper, options, source);
  const kept = keptOptions(paths, options);
  const nodes = relationshipsOf(mapper).flatMap((property): LoadNode[] => {
    const strategy = strategyUnder(property, paths, depth < MAPPED_DEPTH);
    return isLazy(strategy) ? [] : [loadNode(property, strategy, { paths, options, depth })];
  });
  return { nodes, columns: loadedColumns(mapper, columnSteps(paths)), kept };
}

/** The relationships of a class, then those that only classes have that extend it. */
function relationshipsOf(mapper: EntityMapper): readonly RelationshipProperty[] {
  if (mapper.family.length === 1) return mapper.relationships;
  return [...new Set(mapper.family.flatMap(({ relationships }) => relationships))];
}

function isLazy(strategy: LoadNode["strategy"]): boolean {
  return strategy === "select" || strategy === "raise" || strategy === "raiseOnSql";
}

/** Options by the class they begin at; those for all classes come before those for this one. */
function concerning(
  mapper: EntityMapper,
  options: readonly StatementOption[],
  source: FromNode | null,
): readonly Path[] {
  const isFor = (step: Step): boolean => {
    if (step.parent !== mapper && (step.parent === null || !isRelative(step.parent, mapper))) return false;
    return step.kind === "columns" || step.source === null || source === null || step.source === source;
  };
  return options.flatMap((option) =>
    option instanceof LoadOption
      ? option.paths.filter(([first]) => first !== undefined && (first.parent === null || isFor(first)))
      : [],
  );
}

/** One of the classes extends the other. */
function isRelative(one: EntityMapper, other: EntityMapper): boolean {
  return one.root === other.root && (one.isA(other) || other.isA(one));
}

function keptOptions(paths: readonly Path[], options: readonly StatementOption[]): readonly StatementOption[] | null {
  const criteria = criteriaOf(options).filter((option) => option.propagates);
  if (paths.length === 0) return criteria.length === 0 ? null : criteria;
  return [new LoadOption(paths), ...criteria];
}

interface Context {
  readonly paths: readonly Path[];
  readonly options: readonly StatementOption[];
  readonly depth: number;
}

function loadNode(
  property: RelationshipProperty,
  strategy: LoadNode["strategy"],
  { paths, options, depth }: Context,
): LoadNode {
  const own = paths.filter(([first]) => first?.kind === "relation" && first.property === property);
  const below = own.flatMap((path) => following(path));
  const globals = paths.filter(([first]) => first?.parent === null);
  const ownOptions = below.length + globals.length === 0 ? [] : [new LoadOption([...globals, ...below])];
  const onward = [...ownOptions, ...criteriaOf(options)];
  const last = own.findLast(([first]) => (first as RelationStep).strategy !== "default")?.[0] as
    | RelationStep
    | undefined;
  const endless = last?.recursionDepth === Number.POSITIVE_INFINITY;
  return {
    property,
    strategy,
    target: last?.target ?? null,
    criteria: own.flatMap(([first]) => (first as RelationStep).criteria),
    innerJoin: last?.innerJoin ?? false,
    chunkSize: last?.chunkSize ?? null,
    below: endless ? nothing : classLoading(property.target, onward, null, below.length > 0 ? 0 : depth + 1),
    options: onward,
  };
}

/** What goes on from a relationship: the rest of the path, and the relationship itself where it follows itself. */
function following([first, ...rest]: Path): readonly Path[] {
  const tail = rest.length > 0 ? [rest] : [];
  if (first?.kind !== "relation" || first.recursionDepth <= 1) return tail;
  return [...tail, [{ ...first, recursionDepth: first.recursionDepth - 1 }, ...rest]];
}

function strategyUnder(
  property: RelationshipProperty,
  paths: readonly Path[],
  isMapped: boolean,
): LoadNode["strategy"] {
  let found: LoadNode["strategy"] | null = null;
  let general: LoadNode["strategy"] | null = null;
  for (const [step] of paths) {
    if (step?.kind !== "relation" || step.strategy === "default") continue;
    if (step.property === property) found = step.strategy;
    else if (step.property === null) general = step.strategy;
  }
  if (found !== null) return found;
  return isMapped || isLazy(property.lazy) ? (general ?? property.lazy) : "select";
}

function columnSteps(paths: readonly Path[]): readonly ColumnStep[] {
  return paths.flatMap(([step]) => (step?.kind === "columns" ? [step] : []));
}

function loadedColumns(mapper: EntityMapper, steps: readonly ColumnStep[]): readonly ColumnProperty[] | null {
  const left = leftOut(mapper, steps);
  return left.size === 0 ? null : mapper.layout.filter((column) => !left.has(column));
}

/** The columns that are not loaded with an object. Its key always is, and its version. */
function leftOut(mapper: EntityMapper, steps: readonly ColumnStep[]): ReadonlySet<ColumnProperty> {
  const left = new Set<ColumnProperty>(mapper.family.flatMap(({ rules }) => rules.deferred));
  for (const step of steps) if (step.change === "only") for (const column of leftByOnly(mapper, step)) left.add(column);
  for (const step of steps) {
    for (const column of mapper.layout) {
      if (!concerns(step, column)) continue;
      if (step.change === "defer") left.add(column);
      else left.delete(column);
    }
  }
  for (const column of mapper.primaryKey) left.delete(column);
  if (mapper.rules.version !== null) left.delete(mapper.rules.version.property);
  if (mapper.hierarchy !== null) left.delete(mapper.hierarchy.discriminator);
  return left;
}

/** All but what is named; of a class that extends this one, all that it adds. */
function leftByOnly(mapper: EntityMapper, { parent }: ColumnStep): readonly ColumnProperty[] {
  if (parent === null || mapper.isA(parent)) return mapper.layout;
  return parent.layout.filter((column) => !mapper.columns.includes(column));
}

function concerns({ columns, group }: ColumnStep, property: ColumnProperty): boolean {
  if (group !== null) return property.column.spec.deferred === group;
  return columns === null || columns.includes(property);
}

// ---- objects that were loaded ----

const noOptions: readonly StatementOption[] = [];
const deferred = new WeakMap<readonly StatementOption[], Map<EntityMapper, ReadonlySet<ColumnProperty>>>();

/** The columns that objects loaded under these options do without until they are read. */
export function deferredColumns(
  mapper: EntityMapper,
  options: readonly StatementOption[] | null,
): ReadonlySet<ColumnProperty> {
  const key = options ?? noOptions;
  let known = deferred.get(key);
  if (known === undefined) deferred.set(key, (known = new Map()));
  let columns = known.get(mapper);
  if (columns === undefined) {
    columns = leftOut(mapper, columnSteps(concerning(mapper, key, null)));
    known.set(mapper, columns);
  }
  return columns;
}

/** What reading a relationship or a column that is not loaded does, under the options of the object. */
export function whenRead(
  property: RelationshipProperty | ColumnProperty,
  mapper: EntityMapper,
  options: readonly StatementOption[] | null,
): "load" | "raise" | "raiseOnSql" {
  if (!("direction" in property)) return options !== null && columnRaises(property, mapper, options) ? "raise" : "load";
  const strategy = options === null ? property.lazy : strategyUnder(property, concerning(mapper, options, null), true);
  return strategy === "raise" || strategy === "raiseOnSql" ? strategy : "load";
}

function columnRaises(property: ColumnProperty, mapper: EntityMapper, options: readonly StatementOption[]): boolean {
  let raises = false;
  for (const step of columnSteps(concerning(mapper, options, null))) {
    // what is not among the only ones is what they leave out
    if (step.change === "only") raises = concerns(step, property) ? false : raises || step.raises;
    else if (concerns(step, property)) raises = step.change === "defer" && step.raises;
  }
  return raises;
}

/** How a relationship of an object is loaded when it is read. */
export function lazyLoad(
  property: RelationshipProperty,
  mapper: EntityMapper,
  options: readonly StatementOption[] | null,
): LoadNode {
  if (options === null) return property.lazy === "noload" ? emptyLoad(property) : plainLoad(property);
  const paths = concerning(mapper, options, null);
  if (strategyUnder(property, paths, true) === "noload") return emptyLoad(property);
  return loadNode(property, "selectin", { paths, options, depth: 0 });
}

/** The target cannot be taken as the session has it: conditions decide whether it is the one. */
export function isRestricted({ property, criteria, options }: LoadNode): boolean {
  return criteria.length > 0 || (options.length > 0 && criteriaFor(property.target, options).length > 0);
}
