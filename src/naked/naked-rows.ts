import type { RowPlan, RowShape, RowShaper } from "../engine/index.ts";
import { ArgumentError, InvalidRequestError } from "../errors/index.ts";
import { bundleReader, type NakedElement, type NakedObject, nakedReader, type RowReader } from "../hydrate/index.ts";
import type { Discrimination, EntityMapper } from "../orm/index.ts";
import { type BundleNode, type EntityNode, resultNodes, type StatementNode, widthOf } from "../sql/index.ts";

const shapes = new WeakMap<RowPlan, RowShape>();

/**
 * Shapes a statement's rows into plain objects of mapped classes; `undefined` for one that has none among its columns.
 *
 * @throws ArgumentError for loader options: what they ask for would take further statements, or joins.
 */
export function nakedShaper(node: StatementNode): RowShaper | undefined {
  if ("options" in node && node.options.length > 0) throw refusedOption(node.options[0]?.key);
  if (!resultNodes(node).some((column) => column.kind === "entity")) return undefined;
  return (plan) => {
    let shape = shapes.get(plan);
    if (shape === undefined) {
      shape = shapeOf(node, plan);
      shapes.set(plan, shape);
    }
    return shape;
  };
}

function refusedOption(key = ""): ArgumentError {
  return new ArgumentError(
    `A naked session loads no relationships, so it cannot follow .options(…) such as ${key}. Take them away; to have ` +
      "related objects, join and select both classes: select(User, Post).join(User.c.posts).",
  );
}

function shapeOf(node: StatementNode, plan: RowPlan): RowShape {
  const keys: string[] = [];
  const elements: (NakedElement | ObjectReader)[] = [];
  let offset = 0;
  for (const column of resultNodes(node)) {
    if (column.kind === "entity") {
      const { isPolymorphic } = column.mapper as EntityMapper;
      elements.push(
        isPolymorphic ? classesAt(column, offset, plan) : objectAt(column, offset, plan, mayBeMissing(node)),
      );
      keys.push((column.mapper as EntityMapper).name);
    } else if (column.kind === "bundle") {
      elements.push(bundleAt(column, offset, plan));
      keys.push(column.name);
    } else {
      elements.push({ prototype: null, offset, decode: plan.decoders[offset] ?? null });
      keys.push(plan.keys[offset] ?? "");
    }
    offset += widthOf(column);
  }
  return { keys, read: rowReader(elements, plan.jit) };
}

/** A bundle that holds no others is read as objects of classes are. */
function bundleAt(node: BundleNode, offset: number, { decoders, jit }: RowPlan): NakedElement | ObjectReader {
  if (node.items.every((item) => item.kind !== "bundle")) {
    const columns = node.keys.map((key, index) => ({ key, decode: decoders[offset + index] ?? null }));
    return { prototype: Object.prototype, offset, columns, absent: null };
  }
  const own = Array.from({ length: widthOf(node) }, (_, index) => offset + index);
  const decode = nakedReader(
    own.map((place) => ({ prototype: null, offset: place, decode: decoders[place] ?? null })),
    jit,
  );
  const read = bundleReader(node, 0, jit);
  return (raw) => read(decode(raw));
}

/** Makes one element of a row. */
type ObjectReader = (raw: readonly unknown[]) => unknown;

function rowReader(elements: readonly (NakedElement | ObjectReader)[], jit: boolean | undefined): RowReader {
  const plain = elements.filter((element) => typeof element !== "function");
  if (plain.length === elements.length) return nakedReader(plain, jit);
  const readers = elements.map((element): ObjectReader => {
    if (typeof element === "function") return element;
    const read = nakedReader([element], jit);
    return (raw) => read(raw)[0];
  });
  return (raw) => readers.map((read) => read(raw));
}

/** Objects of the classes that share a table: each row's own is told by its discriminator. */
function classesAt(node: EntityNode, offset: number, plan: RowPlan): ObjectReader {
  const mapper = node.mapper as EntityMapper;
  const { layout, primaryKey, rules } = mapper;
  const hierarchy = mapper.hierarchy as Discrimination;
  const place = offset + layout.indexOf(hierarchy.discriminator);
  const decode = plan.decoders[place] ?? null;
  const keys = primaryKey.map(({ index }) => offset + index);
  const isAbsent = (raw: readonly unknown[]): boolean =>
    rules.allowPartialPks ? keys.every((key) => raw[key] === null) : keys.some((key) => raw[key] === null);
  const readers = new Map(mapper.family.map((member) => [member, memberReader(member, layout, offset, plan)]));
  return (raw) => {
    if (isAbsent(raw)) return null;
    const value = raw[place] === null || decode === null ? raw[place] : decode(raw[place] as never);
    const found = hierarchy.classOf(value, keys.map((key) => raw[key]).join(", "));
    const read = readers.get(found);
    if (read !== undefined) return read(raw);
    throw new InvalidRequestError(
      `A row is a ${found.name}, which is no ${mapper.name}. Select ${found.name} or a class that both extend.`,
    );
  };
}

function memberReader(
  { prototype, columns }: EntityMapper,
  layout: EntityMapper["layout"],
  offset: number,
  { decoders, jit }: RowPlan,
): ObjectReader {
  const places = columns.map((column) => offset + layout.indexOf(column));
  const own = columns.map(({ key }, index) => ({ key, decode: decoders[places[index] as number] ?? null }));
  const read = nakedReader([{ prototype, offset: 0, columns: own, absent: null }], jit);
  return (raw) => read(places.map((place) => raw[place]))[0];
}

function objectAt(node: EntityNode, offset: number, plan: RowPlan, missing: boolean): NakedObject {
  const { prototype, columns, primaryKey, rules } = node.mapper as EntityMapper;
  return {
    prototype,
    offset,
    columns: columns.map(({ key, index }) => ({ key, decode: plan.decoders[offset + index] ?? null })),
    absent: absence(
      primaryKey.map(({ index }) => index),
      columns.map(({ index }) => index),
      rules.allowPartialPks ? "all" : "any",
      missing,
    ),
  };
}

// without a key only an outer join tells a row of nulls from none
function absence(
  key: readonly number[],
  all: readonly number[],
  when: "any" | "all",
  missing: boolean,
): NakedObject["absent"] {
  if (key.length > 0) return { when, places: key };
  return missing ? { when: "all", places: all } : null;
}

function mayBeMissing(node: StatementNode): boolean {
  return node.kind !== "select" || node.joins.some(({ outer, full }) => outer || full) || node.from.some(hasOuterJoin);
}

function hasOuterJoin(from: { readonly kind: string; readonly outer?: boolean; readonly full?: boolean }): boolean {
  return from.kind === "join" && (from.outer === true || from.full === true);
}
