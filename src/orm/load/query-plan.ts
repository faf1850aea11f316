import { type Compiled, compileNode } from "../../compile/index.ts";
import type { Environment } from "../../engine/index.ts";
import {
  type AliasNode,
  type Executable,
  type ExpressionNode,
  type FromNode,
  type JoinStepNode,
  labelOf,
  type Node,
  replaceNodes,
  resultNodes,
  type StatementNode,
  type StatementOption,
  structuralKey,
} from "../../sql/index.ts";
import { type RowReader, rowReader } from "../../hydrate/index.ts";
import type { EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { joinSteps } from "../mapping/join-condition.ts";
import { type EntityLoader, loaderFor } from "./entity-loader.ts";
import { type LoadNode, loadNodes } from "./load-option.ts";

/** How one mapped class is read from a row, with what comes with it. */
export interface EntityElement {
  readonly loader: EntityLoader;
  readonly offset: number;
  /** Related classes whose columns stand in the same row. */
  readonly joined: readonly JoinedElement[];
  /** Relationships loaded by statements of their own when rows have been read. */
  readonly selectin: readonly LoadNode[];
}

export interface JoinedElement extends EntityElement {
  readonly property: RelationshipProperty;
}

/** One element of a row: an object, or a place in the decoded plain values. */
export type RowElement = { readonly entity: EntityElement } | { readonly entity: null; readonly index: number };

/** How the rows of one statement become objects and values. */
export interface QueryPlan {
  readonly compiled: Compiled;
  readonly keys: readonly string[];
  readonly elements: readonly RowElement[];
  /** Decodes the columns that are no entity's; `null` when there are none or nothing to decode. */
  readonly readValues: RowReader | null;
  /** Rows repeat for members of a joined collection. */
  readonly unique: boolean;
  readonly hasEntities: boolean;
  /** The statement locks the rows it reads. */
  readonly locks: boolean;
}

export interface PreparedQuery {
  readonly plan: QueryPlan;
  readonly values: readonly unknown[];
}

/** The plan of a statement and its values; `null` for one without mapped classes among its columns. */
export function prepareQuery(statement: Executable, environment: Environment): PreparedQuery | null {
  const node = statement.toNode();
  if (!mentionsEntities(node)) return null;
  // a statement that is executed again knows its structure already
  const structure = statement.structure?.() ?? structuralKey(node);
  const make = (): QueryPlan => planQuery(node, structure.literals, environment);
  const plan = environment.cache === null ? make() : environment.cache.get(`orm ${structure.key}`, make);
  return { plan, values: structure.values };
}

function mentionsEntities(node: StatementNode): boolean {
  return resultNodes(node).some((column) => column.kind === "entity");
}

function optionsOf(node: StatementNode): readonly StatementOption[] {
  return "options" in node ? node.options : [];
}

function planQuery(
  node: StatementNode,
  literals: Parameters<typeof compileNode>[2],
  environment: Environment,
): QueryPlan {
  const { dialect, jit } = environment;
  const builder = new PlanBuilder(node, environment);
  const compiled = compileNode(builder.statement(), dialect, literals);
  const columns = compiled.columns ?? [];
  const inEntity = builder.entityPlaces();
  const decoders = columns.map((column, index) => (inEntity.has(index) ? null : (column.decode ?? null)));
  return {
    compiled,
    keys: resultNodes(node).map((column, index) =>
      column.kind === "entity" ? (column.mapper as EntityMapper).name : (labelOf(column) ?? `column_${index + 1}`),
    ),
    elements: builder.elements,
    readValues: rowReader(decoders, jit),
    unique: builder.unique,
    hasEntities: true,
    locks: node.kind === "select" && node.forUpdate !== null,
  };
}

/** Works out the elements of a statement's rows and adds the joins of eager relationships to it. */
class PlanBuilder {
  readonly #node: StatementNode;
  readonly #environment: Environment;
  readonly elements: RowElement[];
  unique = false;
  #offset = 0;
  readonly #columns: ExpressionNode[] = [];
  readonly #joins: JoinStepNode[] = [];
  readonly #orderBy: ExpressionNode[] = [];

  constructor(node: StatementNode, environment: Environment) {
    this.#node = node;
    this.#environment = environment;
    const own = resultNodes(node);
    const places = own.map((column) => this.#advance(column.kind === "entity" ? column.columns.length : 1));
    this.elements = own.map((column, index) => this.#element(column, places[index] ?? 0));
  }

  /** The statement with the joins and columns of eager relationships. */
  statement(): StatementNode {
    if (this.#columns.length === 0 || this.#node.kind !== "select") return this.#node;
    return {
      ...this.#node,
      columns: [...this.#node.columns, ...this.#columns],
      joins: [...this.#node.joins, ...this.#joins],
      orderBy: [...this.#node.orderBy, ...this.#orderBy],
    };
  }

  /** The places in a row that belong to entities. */
  entityPlaces(): ReadonlySet<number> {
    const places = new Set<number>();
    const add = (element: EntityElement): void => {
      for (let index = 0; index < element.loader.width; index += 1) places.add(element.offset + index);
      element.joined.forEach(add);
    };
    for (const element of this.elements) if (element.entity !== null) add(element.entity);
    return places;
  }

  #advance(width: number): number {
    const place = this.#offset;
    this.#offset += width;
    return place;
  }

  #element(column: ExpressionNode, offset: number): RowElement {
    if (column.kind !== "entity") return { entity: null, index: offset };
    const nodes = loadNodes(column.mapper as EntityMapper, optionsOf(this.#node));
    return { entity: this.#entity(column.mapper as EntityMapper, column.source, offset, nodes) };
  }

  #entity(mapper: EntityMapper, source: FromNode, offset: number, nodes: readonly LoadNode[]): EntityElement {
    const joined: JoinedElement[] = [];
    const selectin: LoadNode[] = [];
    for (const node of nodes) {
      if (node.strategy === "joined" && this.#canJoin(node.property)) joined.push(this.#joinedElement(node, source));
      else selectin.push(node);
    }
    return { loader: this.#loader(mapper), offset, joined, selectin };
  }

  #loader(mapper: EntityMapper): EntityLoader {
    const { dialect, jit } = this.#environment;
    return loaderFor(mapper, dialect, dialect.types, jit);
  }

  // A joined collection repeats the parent's row. Where that would change what the statement means (a LIMIT counts
  // rows, several elements make the repetition visible), a second statement loads it instead.
  #canJoin(property: RelationshipProperty): boolean {
    const node = this.#node;
    if (node.kind !== "select" || node.distinct || node.groupBy.length > 0 || node.forUpdate !== null) return false;
    if (!property.isMany) return true;
    return node.limit === null && node.offset === null && node.columns.length === 1;
  }

  #joinedElement(node: LoadNode, source: FromNode): JoinedElement {
    const { property } = node;
    const target: AliasNode = { kind: "alias", source: property.target.table.node, name: null, lateral: false };
    const secondary: AliasNode | null =
      property.secondary === null ? null : { kind: "alias", source: property.secondary, name: null, lateral: false };
    for (const step of joinSteps(property, source, target, secondary)) {
      this.#joins.push({
        kind: "join-step",
        left: step.left,
        target: step.target,
        on: step.on,
        outer: true,
        full: false,
      });
    }
    const columns = property.target.columnNodes(target);
    const offset = this.#advance(columns.length);
    this.#columns.push(...columns);
    this.#orderBy.push(...property.orderBy.map((item) => through(item, property.target.table.node, target)));
    if (property.isMany) this.unique = true;
    const element = this.#entity(property.target, target, offset, node.children);
    return { ...element, property };
  }
}

/** An expression written for a table, for an alias of it. */
export function through(expression: ExpressionNode, table: FromNode, source: FromNode): ExpressionNode {
  return replaceNodes(expression, (node: Node) =>
    node.kind === "column" && node.table === table ? { ...node, table: source } : null,
  );
}
