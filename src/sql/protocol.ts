import type { VALUE } from "../types/index.ts";
import type { StructuralKey } from "./cache-key.ts";
import type { EntityNode, ExpressionNode, FromNode, StatementNode, StatementTarget } from "./nodes/index.ts";

/** Phantom: the row a statement returns, as a tuple. Never present at run time. */
export declare const ROW: unique symbol;
/** Phantom: the row's values by name. Never present at run time. */
export declare const LABELS: unique symbol;

/** Anything that can stand in an expression. */
export interface Operand<V = unknown> {
  readonly [VALUE]?: V;
  toNode(): ExpressionNode;
}

/** Anything that can be executed; `R` is the tuple of one row, `L` its values by name. */
export interface Executable<R extends readonly unknown[] = readonly unknown[], L = unknown> {
  readonly [ROW]?: R;
  readonly [LABELS]?: L;
  toNode(): StatementNode;
  /** What it is called in caches; statements executed again and again remember it. */
  structure?(): StructuralKey;
  /** Options for the execution of this statement (`populateExisting`, `yieldPer`, …). */
  readonly executionOptionValues?: Readonly<Record<string, unknown>>;
}

/** Answers the FROM element something stands for: tables, aliases, subqueries, mapped classes have it. */
export const FROM: unique symbol = Symbol("athanor.from");
/** Answers the entity node of a mapped class or its alias. */
export const ENTITY: unique symbol = Symbol("athanor.entity");
/** Answers how to join along a relationship. */
export const JOIN: unique symbol = Symbol("athanor.join");
/** Answers a table-like thing's columns. */
export const COLUMNS: unique symbol = Symbol("athanor.columns");
/** Answers how a statement that changes a table (or mapped class) finds column names. */
export const TARGET: unique symbol = Symbol("athanor.target");

export interface HasFrom {
  [FROM](): FromNode;
}
export interface HasEntity {
  [ENTITY](): EntityNode;
}
export interface HasTarget {
  [TARGET](): StatementTarget;
}
export interface HasColumns {
  [COLUMNS](): readonly ExpressionNode[];
}

/** One step of a join along a relationship; many-to-many takes two. */
export interface JoinPlanStep {
  readonly left: FromNode | null;
  readonly target: FromNode;
  readonly on: ExpressionNode;
}
export interface HasJoin {
  [JOIN](to: FromNode | null): readonly JoinPlanStep[];
}

/** Tells whether a value can stand in an expression. */
export function isOperand(value: unknown): value is Operand {
  return typeof value === "object" && value !== null && typeof (value as Operand).toNode === "function";
}

function has(value: unknown, symbol: symbol): boolean {
  return (typeof value === "object" || typeof value === "function") && value !== null && symbol in value;
}

export const hasFrom = (value: unknown): value is HasFrom => has(value, FROM);
export const hasEntity = (value: unknown): value is HasEntity => has(value, ENTITY);
export const hasColumns = (value: unknown): value is HasColumns => has(value, COLUMNS);
export const hasTarget = (value: unknown): value is HasTarget => has(value, TARGET);
export const hasJoin = (value: unknown): value is HasJoin => has(value, JOIN);
