import { ArgumentError } from "../../errors/index.ts";
import { Column, type Table, tableOfNode } from "../../schema/index.ts";
import {
  type ExpressionNode,
  FROM,
  hasFrom,
  isOperand,
  type Operand,
  operandNode,
  type TableNode,
} from "../../sql/index.ts";
import type { ColumnPair, EntityMapper, RelationshipDirection, RelationshipProperty } from "./entity-mapper.ts";
import type { RelationshipDefinition } from "./relationship.ts";
import { readOptions } from "./relationship-options.ts";

interface Shape {
  readonly direction: RelationshipDirection;
  readonly pairs: readonly ColumnPair[];
  readonly secondaryPairs: readonly ColumnPair[];
  readonly secondary: TableNode | null;
  readonly extraCriteria: readonly ExpressionNode[];
}

/** Finds out what a relationship's definition leaves open: its direction and the columns on both sides. */
export function resolveRelationship(
  parent: EntityMapper,
  key: string,
  index: number,
  definition: RelationshipDefinition,
  target: EntityMapper,
): Omit<RelationshipProperty, "inverse"> {
  const name = `${parent.name}.${key}`;
  const { options } = definition;
  const written = readOptions(options, name);
  const shape =
    options.secondary === undefined
      ? directShape(parent, target, definition, name)
      : secondaryShape(parent, target, definition, name);
  if (written.cascade.has("delete-orphan") && shape.direction !== "one-to-many" && !written.singleParent) {
    throw new ArgumentError(
      `${name} is ${shape.direction}, where an object may have several parents: delete-orphan belongs on the "one" side of a ` +
        "one-to-many relationship. Where each object has one parent only, say so: { singleParent: true }.",
      { code: "bbf0" },
    );
  }
  return {
    key,
    index,
    parent,
    target,
    isMany: definition.isMany,
    ...written,
    orderBy: operandList(options.orderBy).map((item) => operandNode(item)),
    byPrimaryKey:
      shape.direction === "many-to-one" &&
      isPrimaryKey(
        target,
        shape.pairs.map((pair) => pair.to),
      ) &&
      shape.extraCriteria.length === 0,
    name,
    ...shape,
  };
}

function operandList(value: Operand | readonly Operand[] | undefined): readonly Operand[] {
  if (value === undefined) return [];
  return isOperand(value) ? [value] : value;
}

function isPrimaryKey(mapper: EntityMapper, columns: readonly Column[]): boolean {
  return (
    mapper.primaryKey.length === columns.length &&
    mapper.primaryKey.every((property) => columns.includes(property.column))
  );
}

function directShape(
  parent: EntityMapper,
  target: EntityMapper,
  definition: RelationshipDefinition,
  name: string,
): Shape {
  const { primaryJoin } = definition.options;
  if (primaryJoin !== undefined) return joinedShape(parent, target, definition, primaryJoin, name);
  const wanted = new Set(operandList(definition.options.foreignKeys));
  const own = ownKeys(parent, keysBetween(parent.table, target.table, wanted));
  const theirs = ownKeys(target, keysBetween(target.table, parent.table, wanted)).map(reverse);
  const selfReferring = parent.table === target.table;
  const toMany = { direction: "one-to-many", keys: theirs } as const;
  const toOne = { direction: "many-to-one", keys: own } as const;
  const candidates =
    definition.isMany || (selfReferring && isRemoteKey(definition, parent.table))
      ? [toMany]
      : selfReferring
        ? [toOne]
        : [toOne, toMany];
  const found = candidates.find((candidate) => candidate.keys.length > 0);
  if (found === undefined) throw noKeys(parent, target, definition, name);
  const [pairs, second] = found.keys;
  if (pairs === undefined || second !== undefined) {
    throw new ArgumentError(
      `${name}: there are several foreign keys between ${parent.table.fullName} and ${target.table.fullName}. Say which: { foreignKeys: ${target.name}.c.… } or { primaryJoin: … }.`,
    );
  }
  return { direction: found.direction, pairs, secondaryPairs: [], secondary: null, extraCriteria: [] };
}

/** Of a class that refers to itself: the other side holds the key. */
function isRemoteKey({ options: { remoteSide } }: RelationshipDefinition, table: Table): boolean {
  const columns = operandList(remoteSide);
  const holdsKey = (column: unknown): boolean =>
    table.foreignKeys.some((key) => key.columns.includes(column as Column));
  return columns.length > 0 && columns.every(holdsKey);
}

function noKeys(
  parent: EntityMapper,
  target: EntityMapper,
  definition: RelationshipDefinition,
  name: string,
): ArgumentError {
  const where = definition.isMany
    ? `${target.table.fullName} has no foreign key to ${parent.table.fullName}`
    : `there is no foreign key between ${parent.table.fullName} and ${target.table.fullName}`;
  return new ArgumentError(
    `${name}: ${where}. Add .references(${definition.isMany ? parent.name : target.name}.c.id) to a column, name the association table with { secondary }, or give { primaryJoin }.`,
  );
}

/** The foreign keys of one table that lead to another, as pairs of columns. */
function keysBetween(from: Table, to: Table, wanted: ReadonlySet<unknown>): ColumnPair[][] {
  return from.foreignKeys
    .filter((key) => key.target === to && (wanted.size === 0 || key.columns.some((column) => wanted.has(column))))
    .map((key) => key.columns.map((column, index) => ({ from: column, to: key.targetColumns[index] ?? column })));
}

/** Not those of other classes that share the table. */
function ownKeys(mapper: EntityMapper, keys: ColumnPair[][]): ColumnPair[][] {
  return keys.filter((pairs) => pairs.every(({ from }) => mapper.has(from)));
}

function reverse(pairs: readonly ColumnPair[]): ColumnPair[] {
  return pairs.map((pair) => ({ from: pair.to, to: pair.from }));
}

/** A relationship whose condition is written out: `Post.c.authorId.eq(User.c.id)`, with more conditions if need be. */
function joinedShape(
  parent: EntityMapper,
  target: EntityMapper,
  definition: RelationshipDefinition,
  join: Operand,
  name: string,
): Shape {
  const foreign = new Set<unknown>(operandList(definition.options.foreignKeys));
  const holdsKey = (column: Column): boolean =>
    foreign.size > 0 ? foreign.has(column) : column.foreignKeys.length > 0;
  const pairs: ColumnPair[] = [];
  const extraCriteria: ExpressionNode[] = [];
  let direction: RelationshipDirection | null = null;
  for (const condition of conjuncts(join.toNode())) {
    const columns = equalColumns(condition);
    const key = columns?.find(holdsKey);
    if (columns === null || key === undefined) {
      extraCriteria.push(condition);
      continue;
    }
    const other = columns[0] === key ? columns[1] : columns[0];
    const manyToOne =
      parent.table === target.table
        ? !definition.isMany && !isRemoteKey(definition, parent.table)
        : key.table === parent.table;
    direction = manyToOne ? "many-to-one" : "one-to-many";
    pairs.push(manyToOne ? { from: key, to: other } : { from: other, to: key });
  }
  if (direction === null) {
    throw new ArgumentError(
      `${name}: primaryJoin names no foreign key column. Compare columns of both classes in it, and say which holds the key: { foreignKeys: … }.`,
    );
  }
  return { direction, pairs, secondaryPairs: [], secondary: null, extraCriteria };
}

function secondaryShape(
  parent: EntityMapper,
  target: EntityMapper,
  definition: RelationshipDefinition,
  name: string,
): Shape {
  if (!definition.isMany)
    throw new ArgumentError(
      `${name}: a relationship over an association table is a collection: use many(), not one() or maybe().`,
    );
  const { secondary, primaryJoin, secondaryJoin } = definition.options;
  const given = typeof secondary === "function" && !hasFrom(secondary) ? (secondary as () => unknown)() : secondary;
  const node = hasFrom(given) ? given[FROM]() : null;
  const table = node?.kind === "table" ? tableOfNode(node) : undefined;
  if (node?.kind !== "table" || table === undefined)
    throw new ArgumentError(`${name}: secondary must be a Table or a mapped class.`);
  const pairs = secondaryPairs(primaryJoin, table, parent.table, name, "primaryJoin");
  const onward = reverse(secondaryPairs(secondaryJoin, table, target.table, name, "secondaryJoin"));
  return { direction: "many-to-many", pairs, secondaryPairs: onward, secondary: node, extraCriteria: [] };
}

/** From the association table to one side; what is answered starts at that side. */
function secondaryPairs(
  join: Operand | undefined,
  secondary: Table,
  side: Table,
  name: string,
  option: string,
): ColumnPair[] {
  if (join !== undefined) {
    return conjuncts(join.toNode()).map((condition) => {
      const columns = equalColumns(condition);
      const own = columns?.find((column) => column.table === secondary);
      const other = columns?.find((column) => column.table === side);
      if (own === undefined || other === undefined) {
        throw new ArgumentError(
          `${name}: ${option} compares columns of ${secondary.fullName} with columns of ${side.fullName}, joined by and().`,
        );
      }
      return { from: other, to: own };
    });
  }
  const keys = keysBetween(secondary, side, new Set());
  const [pairs, second] = keys;
  if (pairs !== undefined && second === undefined) return reverse(pairs);
  throw new ArgumentError(
    pairs === undefined
      ? `${name}: the association table ${secondary.fullName} has no foreign key to ${side.fullName}.`
      : `${name}: the association table ${secondary.fullName} has several foreign keys to ${side.fullName}. Give { primaryJoin, secondaryJoin }.`,
  );
}

function conjuncts(node: ExpressionNode): readonly ExpressionNode[] {
  return node.kind === "junction" && node.operator === "and" ? node.items.flatMap(conjuncts) : [node];
}

function equalColumns(node: ExpressionNode): readonly [Column, Column] | null {
  if (node.kind !== "binary" || node.operator !== "eq") return null;
  const [left, right] = [columnOf(node.left), columnOf(node.right)];
  return left === null || right === null ? null : [left, right];
}

function columnOf(node: ExpressionNode): Column | null {
  if (node.kind !== "column" || node.table.kind !== "table") return null;
  const column = tableOfNode(node.table)?.find(node.name);
  return column instanceof Column ? column : null;
}
