import type { Operand } from "../protocol.ts";

/** A class whose instances a row can hold. */
// oxlint-disable-next-line no-explicit-any -- constructor parameters are contravariant: only `any` takes every class
export type EntityClass<I = unknown> = abstract new (...args: any) => I;

/** A mapped class under another name; see `aliased`. */
export interface EntityAlias<I = unknown> {
  readonly entityInstance?: I;
}

/** Several columns that a row holds as one object; see `bundle`. */
export interface BundleOf<O = unknown> {
  readonly "~bundled"?: O;
  "~bundle"(): unknown;
}

/** What `select` takes: expressions, mapped classes, aliases of them, tables, bundles. */
export type Selectable = Operand | EntityClass | EntityAlias | BundleOf | { readonly c: object };

/** What one element of a SELECT becomes in a row. */
export type ResultOf<E> = E extends { readonly "~value"?: infer V; toNode(): unknown }
  ? V
  : E extends EntityClass<infer I>
    ? I
    : E extends BundleOf<infer O>
      ? O
      : E extends EntityAlias<infer I>
        ? I
        : unknown;

/** The tuple of one row. */
export type RowOf<E extends readonly unknown[]> = { readonly [K in keyof E]: ResultOf<E[K]> };

/** The name of one element: its key or label, where it is known. */
type LabelOf<E> = E extends { readonly key: infer N extends string } & ({ toNode(): unknown } | BundleOf)
  ? string extends N
    ? never
    : N
  : never;

// `& {}` takes the name off a type: hovers and messages then show its properties instead of what it was made from

/** The values of some elements by name. */
export type ElementLabels<E extends readonly unknown[]> = {
  readonly [I in Extract<keyof E, `${number}`> as LabelOf<E[I]>]: ResultOf<E[I]>;
} & {};

/** The members of a bundle by name. */
export type BundleMembers<E extends readonly unknown[]> = {
  readonly [I in Extract<keyof E, `${number}`> as LabelOf<E[I]>]: E[I];
};

type ColumnValues<C> = {
  readonly [K in keyof C as C[K] extends Operand ? K : never]: C[K] extends Operand<infer V> ? V : never;
} & {};

/** The row's values by name: labels and keys; of a single class or table, its columns. */
export type LabelsOf<E extends readonly unknown[]> = E extends readonly [{ readonly c: infer C }]
  ? E[0] extends BundleOf
    ? ElementLabels<E>
    : ColumnValues<C>
  : number extends E["length"]
    ? Labels
    : ElementLabels<E>;

/** The record a session makes of a row: an object stands in it under its class's name, which types do not know. */
export type RecordOf<R extends readonly unknown[], L> = R extends readonly [infer I extends object]
  ? I extends L
    ? { readonly [className: string]: I }
    : L
  : L;

/** A row as a record; names the types do not know are `unknown`. */
export type Labels = Readonly<Record<string, unknown>>;
