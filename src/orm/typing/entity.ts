import type { Column, ColumnSpec, Table } from "../../schema/index.ts";
import type { EntityClass } from "../../sql/index.ts";
import type { RelationField } from "../mapping/relationship.ts";
import type { RelationshipAttribute } from "../mapping/relationship-attribute.ts";

// small shapes: a conditional type over the whole builder class would compare all its methods
interface ColumnField<V = unknown> {
  readonly "~value"?: V;
  readonly spec: ColumnSpec;
}
interface OptionalField {
  readonly "~flags"?: { readonly optional: true };
}
interface KeyField {
  readonly "~flags"?: { readonly pk: true };
}

/** Never present at run time: the primary key of a mapped class. */
export declare const KEY: unique symbol;

/** The instance type of a class. No constraint: it would force circular relations to be resolved too early. */
// oxlint-disable-next-line no-explicit-any -- constructor parameters are contravariant
export type Instance<C> = C extends abstract new (...args: any) => infer I ? I : never;

type RelationValue<C, M, N> = M extends true ? Instance<C>[] : N extends true ? Instance<C> | null : Instance<C>;

/** The value of one field in an object. */
export type FieldValue<D> =
  D extends ColumnField<infer V>
    ? V
    : D extends RelationField<infer C, infer M, infer N>
      ? RelationValue<C, M, N>
      : never;

/** The properties of a mapped object. */
export type Fields<F> = { -readonly [K in keyof F]: FieldValue<F[K]> };

/** Never present at run time: the names of a mapped object's relationships. */
export declare const RELATIONS: unique symbol;

/** An object whose relationships are called `K`. */
export interface HasRelations<K> {
  // by record: what subclasses add is then added
  readonly [RELATIONS]?: { readonly [P in K & PropertyKey]: true };
}

type RelationKeys<F> = { [K in keyof F]: F[K] extends { readonly relation: true } ? K : never }[keyof F];

type OptionalKeys<F> = {
  [K in keyof F]: F[K] extends (OptionalField & ColumnField) | { readonly relation: true } ? K : never;
}[keyof F];

// `& {}` takes the name off a type: hovers and messages then show its properties instead of what it was made from

/** What `new` takes: columns without a default are required, except for the version `V`. */
export type Init<F, V = never> = Shown<
  { -readonly [K in Exclude<keyof F, OptionalKeys<F> | V>]: FieldValue<F[K]> } & {
    -readonly [K in OptionalKeys<F> | Extract<keyof F, V>]?: FieldValue<F[K]>;
  }
>;

type Shown<T> = { [K in keyof T]: T[K] } & {};

/** The columns of the primary key, by name. */
export type KeyFields<F> = {
  readonly [K in keyof F as F[K] extends KeyField & ColumnField ? K : never]: FieldValue<F[K]>;
} & {};

/** A class whose primary key is `K`. */
export interface HasKey<K> {
  readonly [KEY]?: K;
}

/** What `get` takes for a key: its value, or the values of several columns by name or in order. */
export type IdentityIn<K> = [keyof K] extends [never]
  ? unknown
  : IsOne<keyof K> extends true
    ? K[keyof K] | K | readonly [K[keyof K]]
    : K | readonly K[keyof K][];

type IsOne<N, M = N> = N extends unknown ? ([M] extends [N] ? true : false) : never;

/** An attribute of a mapped class, under `c`. */
export type Attribute<D, K> =
  D extends ColumnField<infer V>
    ? Column<V, K & string>
    : D extends RelationField<infer C, infer M, boolean>
      ? RelationshipAttribute<C, M>
      : never;

// no interface: hovers would tell all of its parameters before each member
/** What `Base.mapped()` gives: a class to extend. */
export type Mapped<F, V = never> = {
  new (init: Init<F, V>): Fields<F> & HasRelations<RelationKeys<F>>;
  readonly [KEY]?: KeyFields<F>;
  /** The class's attributes, for queries: columns and relationships. */
  readonly c: { readonly [K in keyof F]: Attribute<F[K], K> };
  /** The table the class is mapped to. */
  readonly table: Table;
  /**
   * Makes a class that adds fields and shares the table, to be extended:
   * `class Manager extends Employee.mapped({ … }, { polymorphicIdentity: "manager" }) {}`. The class that it extends is mapped with
   * `polymorphicOn`, and names it: `static get subclasses() { return [Manager]; }`.
   */
  mapped<C extends Extensible, G extends object>(this: C, fields: G, options?: SubclassOptions): MappedSubclass<C, G>;
};

/** A mapped class that others may extend. */
export interface Extensible {
  // oxlint-disable-next-line no-explicit-any -- constructor parameters are contravariant
  new (init: any): object;
  readonly c: object;
}

/** What `mapped()` of a mapped class gives: a class to extend, with all that the class above has. */
export type MappedSubclass<C extends Extensible, G> = {
  new (init: Shown<ConstructorParameters<C>[0] & Init<G>>): InstanceType<C> & Fields<G> & HasRelations<RelationKeys<G>>;
  readonly [KEY]?: KeyOf<C>;
  /** The class's attributes, for queries: columns and relationships. */
  readonly c: C["c"] & { readonly [K in keyof G]: Attribute<G[K], K> };
  /** The table the class is mapped to. */
  readonly table: Table;
  /** As of the class that it extends. */
  mapped<D extends Extensible, H extends object>(this: D, fields: H, options?: SubclassOptions): MappedSubclass<D, H>;
};

type KeyOf<C> = C extends { readonly [KEY]?: infer K } ? K : never;

/** Options of a subclass: what is not said here is as it is for the class that it extends. */
export interface SubclassOptions {
  /** The discriminator's value in the rows of this class; without it, only its subclasses have rows. */
  readonly polymorphicIdentity?: unknown;
}

/** Any mapped class. */
export interface MappedClass<I = unknown> extends EntityClass<I> {
  readonly c: object;
  readonly table: Table;
}
