import type { Column, ColumnSpec, FLAGS, Table } from "../../schema/index.ts";
import type { EntityClass } from "../../sql/index.ts";
import type { VALUE } from "../../types/index.ts";
import type { RelationField } from "../mapping/relationship.ts";
import type { RelationshipAttribute } from "../mapping/relationship-attribute.ts";

// small shapes: a conditional type over the whole builder class would compare all its methods
interface ColumnField<V = unknown> {
  readonly [VALUE]?: V;
  readonly spec: ColumnSpec;
}
interface OptionalField {
  readonly [FLAGS]?: { readonly optional: true };
}

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

type OptionalKeys<F> = {
  [K in keyof F]: F[K] extends (OptionalField & ColumnField) | { readonly relation: true } ? K : never;
}[keyof F];

/** What `new` takes: columns without a default are required. */
export type Init<F> = { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: FieldValue<F[K]> } & {
  [K in OptionalKeys<F>]?: FieldValue<F[K]>;
};

/** The attributes of a mapped class, under `c`. */
export type Attributes<F> = {
  readonly [K in keyof F]: F[K] extends ColumnField<infer V>
    ? Column<V, K & string>
    : F[K] extends RelationField<infer C, infer M, boolean>
      ? RelationshipAttribute<C, M>
      : never;
};

/** What `Base.mapped()` gives: a class to extend. */
export interface Mapped<F> {
  new (init: Init<F>): Fields<F>;
  /** The class's attributes, for queries: columns and relationships. */
  readonly c: Attributes<F>;
  /** The table the class is mapped to. */
  readonly table: Table;
}

/** Any mapped class. */
export interface MappedClass<I = unknown> extends EntityClass<I> {
  readonly c: object;
  readonly table: Table;
}
