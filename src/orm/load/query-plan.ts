import { type Compiled, compileNode } from "../../compile/index.ts";
import type { Environment } from "../../engine/index.ts";
import { InvalidRequestError } from "../../errors/index.ts";
import {
  type AliasNode,
  type Executable,
  flatColumns,
  type ExpressionNode,
  type FromNode,
  type JoinStepNode,
  labelOf,
  resultNodes,
  type StatementNode,
  type StatementOption,
  structuralKey,
  widthOf,
} from "../../sql/index.ts";
import { bundleReader, type ElementReader, type RowReader, rowReader } from "../../hydrate/index.ts";
import type { Decode } from "../../types/index.ts";
import type { ColumnProperty, EntityMapper, RelationshipProperty } from "../mapping/entity-mapper.ts";
import { allOf, joinSteps, throughSource } from "../mapping/join-condition.ts";
import type { ObjectLoader } from "./entity-loader.ts";
import { loaderFor } from "./loader-for.ts";
import { type ClassLoading, classLoading, type LoadNode } from "./options/class-loading.ts";
import { criteriaFor, criteriaOf, withCriteria } from "./options/loader-criteria.ts";
import { rowsMayRepeat } from "./statements.ts";

/** How one mapped class is read from a row, with what comes with it. */
export interface EntityElement {
  readonly loader: ObjectLoader;
  readonly offset: number;
  /** Related classes whose columns stand in the same row. */
  readonly joined: readonly JoinedElement[];
  /** Relationships loaded when rows have been read: by statements of their own, or left empty. */
  readonly later: readonly LoadNode[];
  /** The options that new objects keep; `null` for none. */
  readonly kept: readonly StatementOption[] | null;
  /** The FROM element it is read from, where the statement has it itself. */
  readonly source: FromNode | null;
}

export interface JoinedElement extends EntityElement {
  readonly property: RelationshipProperty;
}

/** One element of a row: an object, or what is read of the driver's values. */
export type RowElement = { readonly entity: EntityElement } | { readonly entity: null; readonly read: ElementReader };

/** An element before its statement is written, which tells how values are decoded. */
type PlannedElement =
  | { readonly entity: EntityElement }
  | { readonly entity: null; readonly column: ExpressionNode; readonly offset: number };

/** How the rows of one statement become objects and values. */
export interface QueryPlan {
  readonly compiled: Compiled;
  readonly keys: readonly string[];
  readonly elements: readonly RowElement[];
  /** One element is an object, and nothing is joined to it: it may take raw rows over. */
  readonly isAlone: boolean;
  /** Rows repeat for members of a joined collection. */
  readonly unique: boolean;
  /** The statement locks the rows it reads. */
  readonly locks: boolean;
}

export interface PreparedQuery {
  readonly plan: QueryPlan;
  readonly values: readonly unknown[];
  /** The statement with these very values; `null` where others are put in. */
  readonly node: StatementNode | null;
}

/** How the rows of a statement are fetched: all at once, or bit by bit. */
export type Fetching = "whole" | "stream";

/** The plan of a statement and its values; `null` for one that has nothing to do with mapped classes. */
export function prepareQuery(
  statement: Executable,
  environment: Environment,
  fetching: Fetching = "whole",
): PreparedQuery | null {
  const node = statement.toNode();
  const options = optionsOf(node);
  if (!mentionsEntities(node) && criteriaOf(options).length === 0) return null;
  // a statement that is executed again knows its structure already
  const structure = statement.structure?.() ?? structuralKey(node);
  const make = (): QueryPlan => planQuery(node, structure.literals, environment, fetching);
  const place = fetching === "whole" ? "orm" : "orm-stream";
  const plan = environment.cache === null ? make() : environment.cache.get(`${place} ${structure.key}`, make);
  return {
    plan: hasValues(options) ? withOwnValues(plan, node, environment, fetching) : plan,
    values: structure.values,
    node,
  };
}

function mentionsEntities(node: StatementNode): boolean {
  return resultNodes(node).some((column) => column.kind === "entity");
}

function optionsOf(node: StatementNode): readonly StatementOption[] {
  return "options" in node ? node.options : [];
}

/** Expressions in options are executed by further statements, with the values of this execution. */
function hasValues(options: readonly StatementOption[]): boolean {
  return options.some((option) => option.nodes !== undefined && option.nodes.length > 0);
}

function withOwnValues(plan: QueryPlan, node: StatementNode, environment: Environment, fetching: Fetching): QueryPlan {
  const { elements } = new PlanBuilder(withCriteria(node), environment, fetching);
  return { ...plan, elements: rowElements(elements, plan.compiled, environment.jit) };
}

function planQuery(
  node: StatementNode,
  literals: Parameters<typeof compileNode>[2],
  environment: Environment,
  fetching: Fetching,
): QueryPlan {
  const { dialect, jit } = environment;
  const builder = new PlanBuilder(withCriteria(node), environment, fetching);
  const compiled = compileNode(builder.statement(), dialect, literals);
  const elements = rowElements(builder.elements, compiled, jit);
  const entities = elements.flatMap(({ entity }) => (entity === null ? [] : [entity]));
  return {
    compiled,
    keys: resultNodes(node).map((column, index) =>
      column.kind === "entity" ? (column.mapper as EntityMapper).name : (labelOf(column) ?? `column_${index + 1}`),
    ),
    elements,
    isAlone: entities.length === 1 && entities[0]?.joined.length === 0,
    unique: builder.unique,
    locks: node.kind === "select" && node.forUpdate !== null,
  };
}

function rowElements(
  elements: readonly PlannedElement[],
  { columns }: Compiled,
  jit: boolean | undefined,
): readonly RowElement[] {
  const decoder = (place: number): Decode | null => columns?.[place]?.decode ?? null;
  return elements.map((element): RowElement => {
    if (element.entity !== null) return element;
    const { column, offset } = element;
    if (column.kind !== "bundle") return { entity: null, read: valueReader(offset, decoder(offset)) };
    const decode = rowReader(
      Array.from({ length: widthOf(column) }, (_none, index) => decoder(offset + index)),
      jit,
    );
    return { entity: null, read: bundleOf(bundleReader(column, 0, jit), decode, offset, widthOf(column)) };
  });
}

function valueReader(place: number, decode: Decode | null): ElementReader {
  if (decode === null) return (raw) => raw[place];
  return (raw) => (raw[place] === null ? null : decode(raw[place] as never));
}

function bundleOf(read: ElementReader, decode: RowReader | null, offset: number, width: number): ElementReader {
  return (raw) => {
    const own = raw.slice(offset, offset + width);
    return read(decode === null ? own : decode(own));
  };
}

/** Works out the elements of a statement's rows and adds the joins of eager relationships to it. */
class PlanBuilder {
  readonly #node: StatementNode;
  readonly #environment: Environment;
  readonly #fetching: Fetching;
  readonly elements: PlannedElement[];
  unique = false;
  #offset = 0;
  readonly #own: readonly ExpressionNode[];
  /** Those that the statement selects. */
  readonly #sent: ExpressionNode[] = [];
  /** Their columns, in the order of the row. */
  readonly #flat: ExpressionNode[] = [];
  readonly #columns: ExpressionNode[] = [];
  readonly #joins: JoinStepNode[] = [];
  readonly #orderBy: ExpressionNode[] = [];

  constructor(node: StatementNode, environment: Environment, fetching: Fetching) {
    this.#node = node;
    this.#environment = environment;
    this.#fetching = fetching;
    const loadings = resultNodes(node).map((column) => this.#loading(column));
    this.#own = resultNodes(node).map((column, index) => narrowed(column, loadings[index]?.columns ?? null));
    const places = this.#own.map((column) => this.#place(column));
    this.elements = this.#own.map((column, index) =>
      this.#element(column, places[index] ?? 0, loadings[index] ?? null),
    );
  }

  /**
   * Where an element begins in a row. A key that leads back to parents is mostly a column of the class as well: it comes
   * once.
   */
  #place(column: ExpressionNode): number {
    const known = optionsOf(this.#node).includes(rowsMayRepeat) ? this.#flat.indexOf(column) : -1;
    if (known >= 0) return known;
    this.#sent.push(column);
    this.#flat.push(...flatColumns([column]));
    return this.#advance(widthOf(column));
  }

  /** The statement with the joins and columns of eager relationships, without the columns that are left out. */
  statement(): StatementNode {
    const node = this.#node;
    if (node.kind !== "select") return node;
    return {
      ...node,
      columns: [...this.#sent, ...this.#columns],
      joins: [...node.joins, ...this.#joins],
      orderBy: [...node.orderBy, ...this.#orderBy],
    };
  }

  #advance(width: number): number {
    const place = this.#offset;
    this.#offset += width;
    return place;
  }

  #loading(column: ExpressionNode): ClassLoading | null {
    if (column.kind !== "entity") return null;
    const loading = classLoading(column.mapper as EntityMapper, optionsOf(this.#node), column.source);
    // the parts of a UNION have the same columns each, and RETURNING has what was written
    return this.#node.kind === "select" ? loading : { ...loading, columns: null };
  }

  #element(column: ExpressionNode, offset: number, loading: ClassLoading | null): PlannedElement {
    if (column.kind !== "entity" || loading === null) return { entity: null, column, offset };
    return { entity: this.#entity(column.mapper as EntityMapper, column.source, offset, loading) };
  }

  #entity(mapper: EntityMapper, source: FromNode, offset: number, loading: ClassLoading): EntityElement {
    const joined: JoinedElement[] = [];
    const later: LoadNode[] = [];
    for (const node of loading.nodes) {
      if (node.strategy === "contains") joined.push(this.#containedElement(node));
      else if (node.strategy === "joined" && this.#canJoin(node.property))
        joined.push(this.#joinedElement(node, source));
      else later.push(node);
    }
    return { loader: this.#loader(mapper, loading.columns), offset, joined, later, kept: loading.kept, source };
  }

  #loader(mapper: EntityMapper, columns: readonly ColumnProperty[] | null): ObjectLoader {
    const { dialect, jit } = this.#environment;
    const loader = loaderFor(mapper, dialect, dialect.types, jit);
    return columns === null ? loader : loader.only(columns);
  }

  // A joined collection repeats the parent's row. Where that would change what the statement means (a LIMIT counts
  // rows, several elements make the repetition visible, a stream may end a piece between them), a second statement
  // loads it instead.
  #canJoin(property: RelationshipProperty): boolean {
    const node = this.#node;
    if (node.kind !== "select" || node.distinct || node.groupBy.length > 0 || node.forUpdate !== null) return false;
    if (!property.isMany) return true;
    const isAlone = node.columns.length === 1 || node.options.includes(rowsMayRepeat);
    return this.#fetching === "whole" && node.limit === null && node.offset === null && isAlone;
  }

  #joinedElement(node: LoadNode, source: FromNode): JoinedElement {
    const { property, innerJoin } = node;
    const plain = property.target.table.node;
    const target: AliasNode = { kind: "alias", source: plain, name: null, lateral: false };
    const secondary: AliasNode | null =
      property.secondary === null ? null : { kind: "alias", source: property.secondary, name: null, lateral: false };
    const steps = joinSteps(property, source, target, secondary);
    const criteria = [
      ...node.criteria.map((condition) => throughSource(condition, plain, target)),
      ...criteriaFor(property.target, node.options, target),
    ];
    const last = steps.length - 1;
    steps.forEach((step, index) => {
      const on = index === last ? allOf([step.on, ...criteria]) : step.on;
      this.#joins.push({ kind: "join-step", left: step.left, target: step.target, on, outer: !innerJoin, full: false });
    });
    this.#orderBy.push(...property.orderBy.map((item) => throughSource(item, plain, target)));
    return this.#related(node, target);
  }

  /** A relationship that the statement's own joins bring. */
  #containedElement(node: LoadNode): JoinedElement {
    if (node.property.isMany && this.#fetching === "stream") {
      throw new InvalidRequestError(
        `containsEager(${node.property.name}) fills a collection from several rows, which a stream may give in different pieces. ` +
          "Execute the query without yieldPer or stream(), or use selectinload().",
      );
    }
    return this.#related(node, node.target ?? node.property.target.table.node);
  }

  #related({ property, below }: LoadNode, target: FromNode): JoinedElement {
    const columns = narrowedColumns(property.target, property.target.columnNodes(target), below.columns);
    const offset = this.#advance(columns.length);
    this.#columns.push(...columns);
    if (property.isMany) this.unique = true;
    return { ...this.#entity(property.target, target, offset, below), source: null, property };
  }
}

/** A class's columns without those that are left out. */
function narrowed(column: ExpressionNode, columns: readonly ColumnProperty[] | null): ExpressionNode {
  if (column.kind !== "entity" || columns === null) return column;
  return { ...column, columns: narrowedColumns(column.mapper as EntityMapper, column.columns, columns) };
}

function narrowedColumns(
  mapper: EntityMapper,
  nodes: readonly ExpressionNode[],
  columns: readonly ColumnProperty[] | null,
): readonly ExpressionNode[] {
  if (columns === null) return nodes;
  const loaded = new Set(columns);
  return nodes.filter((_node, index) => loaded.has(mapper.layout[index] as ColumnProperty));
}
