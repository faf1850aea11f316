import { FlushError } from "../../errors/index.ts";
import { type RowDefiner, rowDefiner } from "../../hydrate/index.ts";
import type { ColumnPair, ColumnProperty, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { defineColumn } from "../state/attributes.ts";
import type { InstanceState } from "../state/instance-state.ts";

/** Copies a key from one object to another (or clears it) when the first has been written. */
export interface KeySync {
  /** `null`: the key is cleared. */
  readonly source: InstanceState | null;
  readonly path: KeyPath;
}

/** Which columns a relationship copies, from the object referred to into the one that refers. */
export interface KeyPath {
  /** The same for both sides of a relationship. */
  readonly key: string;
  readonly property: RelationshipProperty;
  /** Written by an UPDATE of its own, when all rows are there. */
  readonly isPost: boolean;
  readonly columns: readonly KeyColumn[];
}

export interface KeyColumn {
  readonly from: ColumnProperty;
  readonly to: ColumnProperty;
  /** Gives an object the column it does not have yet. */
  readonly define: RowDefiner;
}

const paths = new WeakMap<RelationshipProperty, KeyPath>();

/** The path of a one-to-many or many-to-one relationship. */
export function keyPath(property: RelationshipProperty): KeyPath {
  let path = paths.get(property);
  if (path === undefined) {
    path = property.direction === "many-to-one" ? pathOf(property, true) : pathOf(property, false);
    paths.set(property, path);
  }
  return path;
}

function pathOf(property: RelationshipProperty, holdsKey: boolean): KeyPath {
  const [source, holder] = holdsKey ? [property.target, property.parent] : [property.parent, property.target];
  const pairs: readonly ColumnPair[] = holdsKey
    ? property.pairs.map((pair) => ({ from: pair.to, to: pair.from }))
    : property.pairs;
  return {
    key: pairs.map((pair) => pair.to.fullName).join(","),
    property,
    isPost: property.postUpdate || property.inverse?.postUpdate === true,
    columns: pairs.map((pair) => keyColumn(source.property(pair.from), holder.property(pair.to))),
  };
}

function keyColumn(from: ColumnProperty, to: ColumnProperty): KeyColumn {
  return { from, to, define: rowDefiner([to.key]) };
}

/**
 * Copies keys of related objects, which have been written by now, into an object's own columns: those that go into its
 * row at once, or those that wait for all rows.
 *
 * @throws FlushError where that would leave a row without its primary key.
 */
export function applySyncs(state: InstanceState, syncs: readonly KeySync[] | undefined, isPost = false): void {
  if (syncs === undefined) return;
  for (const { source, path } of syncs) {
    if (path.isPost !== isPost) continue;
    for (const { from, to, define } of path.columns) {
      const value = source === null ? null : source.value(from.key);
      if (value === null && to.isPrimaryKey && state.row !== null) throw blankedKey(state, path);
      if (value === null || Object.hasOwn(state.object, to.key) || !define(state.object, [value]))
        defineColumn(state.object, to.key, value);
    }
  }
}

function blankedKey(state: InstanceState, { property }: KeyPath): FlushError {
  const { name } = state.mapper;
  return new FlushError(
    `${property.name} was changed so that a ${name} is related to nothing, but its foreign key is part of its primary key, which ` +
      `cannot be NULL. Delete the ${name}, or give the relationship on the other side { cascade: "all, delete-orphan" }.`,
  );
}
