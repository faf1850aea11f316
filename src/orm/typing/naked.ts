import type { RELATIONS } from "./entity.ts";

/** Never present at run time: what an object becomes when a session takes it in. */
export declare const TRACKED: unique symbol;

/** An object of a mapped class as a naked session reads it: columns and methods, without relationships. */
export type Naked<T> = {
  [P in keyof T as P extends typeof RELATIONS | RelationNames<T> ? never : P]: T[P];
} & HasTracked<T>;

/** An object that a session would keep as a `T`. */
export interface HasTracked<T> {
  readonly [TRACKED]?: T;
}

// what is no object of a mapped class (`any`, `{}`, records) infers every key
type RelationNames<T> = T extends { readonly [RELATIONS]?: infer R }
  ? string extends keyof R
    ? never
    : keyof R
  : never;

/** A value of a row: an object of a class that has relationships comes without them. */
export type NakedValue<V> = V extends unknown ? ([RelationNames<V>] extends [never] ? V : Naked<V>) : never;

/** A row whose objects come without relationships. */
export type NakedRow<R extends readonly unknown[]> = { readonly [I in keyof R]: NakedValue<R[I]> };

/** A row as a record; its objects come without relationships. */
export type NakedRecord<L> = { readonly [K in keyof L]: NakedValue<L[K]> };

/** The columns of an object, for an INSERT. */
export type Insertable<T> = {
  readonly [P in keyof T as P extends string
    ? P extends RelationNames<T>
      ? never
      : T[P] extends (...args: never) => unknown
        ? never
        : P
    : never]?: T[P];
};
