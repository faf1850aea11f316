import type { SqlType } from "../types/index.ts";
import {
  type BinaryNode,
  type ColumnNode,
  type EntityNode,
  type JoinStepNode,
  type LiteralNode,
  type Node,
  type NodeKind,
  nodeFields,
  type OrderNode,
  type Role,
  type SelectNode,
  type StatementOption,
  type StatementTarget,
} from "./nodes/index.ts";
import { structureRoot } from "./structure-trie.ts";

/** What a statement's structure is called, and the values that stand in it. */
export interface StructuralKey {
  /** The same for two trees of one structure while both are in use; never the same for different structures. */
  readonly key: string;
  /** The values in the order they were met; two trees with equal keys have theirs in the same places. */
  readonly values: readonly unknown[];
  /** Which literal stands at which place; only of use with this very tree. */
  readonly literals: ReadonlyMap<LiteralNode, number>;
}

const FEW = 16; // up to so many, a list is searched more quickly than a map is made
const END = -1;
const AGAIN = -2;
const LITERAL = -3;
const FIRST_COLUMN = -3; // its number is from 1; a node's kind is above zero

const kindNumbers: Readonly<Record<NodeKind, number>> = Object.fromEntries(
  Object.keys(nodeFields).map((kind, index) => [kind, (index + 1) << 20]),
) as Readonly<Record<NodeKind, number>>;

/**
 * Walks a tree and, with it, the trie of all structures met so far.
 *
 * A text that holds the whole structure would have to be put together, hashed and compared each time: for a SELECT of
 * three joins 3.5 µs against 0.9.
 */
class StructureReader implements StructuralKey {
  readonly values: unknown[] = [];
  readonly #literals: LiteralNode[] = [];
  #at = structureRoot();
  #literalPlaces: Map<LiteralNode, number> | null = null;
  // aliases and CTEs are told apart by the order in which they are first met, not by who made them
  #shared: Map<object, number> | null = null;

  get key(): string {
    return this.#at.key;
  }

  get literals(): ReadonlyMap<LiteralNode, number> {
    return (this.#literalPlaces ??= new Map(this.#literals.map((literal, index) => [literal, index])));
  }

  read(node: Node): void {
    switch (node.kind) {
      case "column":
        return this.#column(node);
      case "literal":
        return this.#literal(node);
      case "binary":
        return this.#binary(node);
      case "select":
        return this.#select(node);
      case "join-step":
        return this.#joinStep(node);
      case "order":
        return this.#order(node);
      case "table":
        this.#at = this.#at.step(kindNumbers.table).step(node.id);
        return;
      case "alias":
      case "cte":
        return this.#sharedNode(node);
      default:
        this.#fields(node);
    }
  }

  /** A table's column goes by its number; one of a query, or by name alone, may be read as any type. */
  #column(node: ColumnNode): void {
    const { id, table } = node;
    if (id === 0 || table.kind !== "table") return this.#fields(node);
    this.#at = this.#at.step(FIRST_COLUMN - id).step(table.id);
  }

  #literal(node: LiteralNode): void {
    const place = this.#placeOf(node);
    // one literal in two places is not the same as two literals
    if (place >= 0) {
      this.#at = this.#at.step(AGAIN).step(place);
      return;
    }
    this.#literals.push(node);
    this.values.push(node.value);
    const isPlain = node.name === null && !node.expanding && !node.required;
    if (isPlain) this.#at = this.#at.step(node.type.key);
    else this.#at = this.#at.step(LITERAL).step(node.type.key).step(node.name).step(node.required).step(node.expanding);
  }

  #placeOf(node: LiteralNode): number {
    if (this.#literals.length <= FEW) return this.#literals.indexOf(node);
    const place = this.literals.get(node) ?? -1;
    if (place < 0) this.#literalPlaces?.set(node, this.#literals.length);
    return place;
  }

  #binary(node: BinaryNode): void {
    this.#at = this.#at.step(kindNumbers.binary | bit(0, node.escape !== null)).step(node.operator);
    this.read(node.left);
    this.read(node.right);
    this.#at = this.#at.step(node.type.key);
    if (node.escape !== null) this.#at = this.#at.step(node.escape);
  }

  #joinStep(node: JoinStepNode): void {
    const flags = bit(0, node.outer) | bit(1, node.full) | bit(2, node.left !== null) | bit(3, node.on !== null);
    this.#at = this.#at.step(kindNumbers["join-step"] | flags);
    if (node.left !== null) this.read(node.left);
    this.read(node.target);
    if (node.on !== null) this.read(node.on);
  }

  #order(node: OrderNode): void {
    this.#at = this.#at.step(kindNumbers.order).step(node.direction).step(node.nulls);
    this.read(node.operand);
    this.#at = this.#at.step(node.type.key);
  }

  #select(node: SelectNode): void {
    const { from, joins, where, groupBy, having, orderBy, limit, offset, distinctOn, forUpdate, ctes, options } = node;
    const flags =
      bit(0, from.length > 0) |
      bit(1, joins.length > 0) |
      bit(2, where.length > 0) |
      bit(3, groupBy.length > 0) |
      bit(4, having.length > 0) |
      bit(5, orderBy.length > 0) |
      bit(6, limit !== null) |
      bit(7, offset !== null) |
      bit(8, node.distinct) |
      bit(9, distinctOn.length > 0) |
      bit(10, forUpdate !== null) |
      bit(11, node.correlate !== null) |
      bit(12, ctes.length > 0) |
      bit(13, options.length > 0);
    this.#at = this.#at.step(kindNumbers.select | flags);
    this.#nodes(node.columns);
    if (from.length > 0) this.#nodes(from);
    if (joins.length > 0) this.#nodes(joins);
    if (where.length > 0) this.#nodes(where);
    if (groupBy.length > 0) this.#nodes(groupBy);
    if (having.length > 0) this.#nodes(having);
    if (orderBy.length > 0) this.#nodes(orderBy);
    if (limit !== null) this.read(limit);
    if (offset !== null) this.read(offset);
    if (distinctOn.length > 0) this.#nodes(distinctOn);
    if (forUpdate !== null) this.read(forUpdate);
    if (node.correlate !== null) this.#nodes(node.correlate);
    if (ctes.length > 0) this.#nodes(ctes);
    if (options.length > 0) this.#options(options);
  }

  #options(options: readonly StatementOption[]): void {
    for (const option of options) {
      this.#at = this.#at.step(option.key);
      if (option.nodes !== undefined) this.#nodes(option.nodes);
    }
    this.#at = this.#at.step(END);
  }

  #sharedNode(node: Extract<Node, { kind: "alias" | "cte" }>): void {
    const identity = node.kind === "cte" && !node.complete ? node.token : node;
    const shared = (this.#shared ??= new Map());
    const place = shared.get(identity);
    if (place !== undefined) {
      this.#at = this.#at.step(AGAIN).step(place);
      return;
    }
    shared.set(identity, shared.size);
    this.#fields(node);
  }

  /**
   * Any other kind, by its fields' roles; the commonest have a method of their own, which saves half of the time.
   *
   * The kind with a bit for each field that says something, then those fields.
   */
  #fields(node: Node): void {
    const fields = nodeFields[node.kind];
    const record = node as unknown as Readonly<Record<string, unknown>>;
    let mask = kindNumbers[node.kind];
    for (let index = 0; index < fields.length; index += 1) {
      const [field, role] = fields[index] as Field;
      if (saysSomething(role, record[field])) mask |= 1 << index;
    }
    this.#at = this.#at.step(mask);
    for (let index = 0; index < fields.length; index += 1) {
      if ((mask & (1 << index)) === 0) continue;
      const [field, role] = fields[index] as Field;
      this.#field(role, field, record[field]);
    }
  }

  #field(role: Role, field: string, value: unknown): void {
    switch (role) {
      case "node":
        this.read(value as Node);
        break;
      case "nodes":
        this.#nodes(value as readonly Node[] | null);
        break;
      case "value":
        this.#value(value as Scalar | readonly Scalar[]);
        break;
      case "type":
        this.#at = this.#at.step((value as SqlType).key);
        break;
      case "options":
        this.#options(value as readonly StatementOption[]);
        break;
      case "identity":
        if (field === "mapper") this.#at = this.#at.step((value as EntityNode["mapper"]).id);
        else if (field === "target") this.#at = this.#at.step((value as StatementTarget | null)?.label ?? null);
        break;
      case "bind":
        break;
    }
  }

  #nodes(nodes: readonly Node[] | null): void {
    if (nodes === null) {
      this.#at = this.#at.step(null);
      return;
    }
    for (const node of nodes) this.read(node);
    this.#at = this.#at.step(END);
  }

  #value(value: Scalar | readonly Scalar[]): void {
    if (typeof value !== "object") this.#at = this.#at.step(value);
    else {
      for (const item of value) this.#at = this.#at.step(item);
      this.#at = this.#at.step(END);
    }
  }
}

function bit(place: number, on: boolean): number {
  return on ? 1 << place : 0;
}

type Field = readonly [field: string, role: Role];
type Scalar = string | number | boolean;

// a list of nodes is mostly empty and seldom null, anything else the other way round
function saysSomething(role: Role, value: unknown): boolean {
  if (role === "nodes") return value === null || (value as readonly Node[]).length > 0;
  return value !== null && value !== false;
}

/** Reads a statement's structure and values in one walk. */
export function structuralKey(node: Node): StructuralKey {
  const reader = new StructureReader();
  reader.read(node);
  return reader;
}
