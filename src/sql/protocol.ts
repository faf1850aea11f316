import type { StructuralKey } from "./cache-key.ts";
import type {
  BundleNode,
  EntityNode,
  ExpressionNode,
  FromNode,
  StatementNode,
  StatementTarget,
} from "./nodes/index.ts";

/** Phantom: the row a statement returns, as a tuple. Never present at run time. */
export declare const ROW: "~row";
/** Phantom: the row's values by name. Never present at run time. */
export declare const LABELS: "~labels";

/** Anything that can stand in an expression. */
export interface Operand<V = unknown> {
  readonly "~value"?: V;
  toNode(): ExpressionNode;
}

/** Anything that can be executed; `R` is the tuple of one row, `L` its values by name. */
export interface Executable<R extends readonly unknown[] = readonly unknown[], L = unknown> {
  readonly "~row"?: R;
  readonly "~labels"?: L;
  toNode(): StatementNode;
  /** What it is called in caches; statements executed again and again remember it. */
  structure?(): StructuralKey;
  /** Options for the execution of this statement (`populateExisting`, `yieldPer`, …). */
  readonly executionOptionValues?: Readonly<Record<string, unknown>>;
}

// The members below are named by strings, not by symbols: declarations can then be emitted from each file alone. The
// tilde keeps them out of the way of anything a program would call an attribute.

/** Answers the FROM element something stands for: tables, aliases, subqueries, mapped classes have it. */
export const FROM = "~from";
/** Answers the entity node of a mapped class or its alias. */
export const ENTITY = "~entity";
/** Answers the node of several columns that are read as one object. */
export const BUNDLE = "~bundle";
/** Answers how to join along a relationship. */
export const JOIN = "~join";
/** Answers a table-like thing's columns. */
export const COLUMNS = "~columns";
/** Answers how a statement that changes a table (or mapped class) finds column names. */
export const TARGET = "~target";

/** Answers which rows of its FROM element something stands for; `null`: all. */
export const CRITERION = "~criterion";

export interface HasFrom {
  "~from"(): FromNode;
}
export interface HasEntity {
  "~entity"(): EntityNode;
}
export interface HasBundle {
  "~bundle"(): BundleNode;
}
export interface HasCriterion {
  "~criterion"(): ExpressionNode | null;
}
export interface HasTarget {
  "~target"(): StatementTarget;
}
export interface HasColumns {
  "~columns"(): readonly ExpressionNode[];
}

/** One step of a join along a relationship; many-to-many takes two. */
export interface JoinPlanStep {
  readonly left: FromNode | null;
  readonly target: FromNode;
  readonly on: ExpressionNode;
}
export interface HasJoin {
  "~join"(to: FromNode | null): readonly JoinPlanStep[];
}

/** Tells whether a value can stand in an expression. */
export function isOperand(value: unknown): value is Operand {
  return typeof value === "object" && value !== null && typeof (value as Operand).toNode === "function";
}

function has(value: unknown, member: string): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null && member in value;
}

export const hasFrom = (value: unknown): value is HasFrom => has(value, FROM);
export const hasEntity = (value: unknown): value is HasEntity => has(value, ENTITY);
export const hasBundle = (value: unknown): value is HasBundle => has(value, BUNDLE);
export const hasCriterion = (value: unknown): value is HasCriterion => has(value, CRITERION);
export const hasColumns = (value: unknown): value is HasColumns => has(value, COLUMNS);
export const hasTarget = (value: unknown): value is HasTarget => has(value, TARGET);
export const hasJoin = (value: unknown): value is HasJoin => has(value, JOIN);
