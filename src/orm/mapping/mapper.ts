import { ArgumentError, UnmappedClassError } from "../../errors/index.ts";
import { type Column, ColumnBuilder, type MetaData, Table, type TableOptions } from "../../schema/index.ts";
import { describeWithin, type ExpressionNode, type FromNode, isClass, refuseUnknown } from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper, MapperRules, RelationshipProperty } from "./entity-mapper.ts";
import type { Validate } from "./attribute-hooks.ts";
import { type EntityEventHub, EntityListeners } from "./entity-events.ts";
import { columnThrough } from "./join-condition.ts";
import { type Naming, columnNaming } from "./naming.ts";
import { type RuleOptions, resolveRules } from "./mapper-rules.ts";
import { RelationshipDefinition } from "./relationship.ts";
import { RelationshipAttribute } from "./relationship-attribute.ts";
import { resolveRelationship } from "./relationship-resolver.ts";
import { noteTableMapper } from "./table-mapper.ts";
import { trackerOf } from "./tracker.ts";

export interface MapperOptions extends Omit<TableOptions, "columnName"> {
  readonly naming: Naming;
  /** Who listens to all classes of the base. */
  readonly baseEvents: EntityEventHub;
  readonly rules: RuleOptions;
  /** What `declarativeBase()` gave. */
  readonly base: object;
}

/** Finds the mapper of a mapped class. */
export type MapperFinder = (target: unknown) => Mapper | undefined;

let mapperCount = 0;

/**
 * What is known of one mapped class.
 *
 * It is complete when first used: columns written plainly are there at once, then getters are read, which may lead to
 * other classes and back; relationships are worked out when one is asked for.
 */
export class Mapper implements EntityMapper {
  readonly id: number;
  readonly listeners: EntityListeners;
  readonly #tableName: string;
  readonly #fields: object;
  readonly #metadata: MetaData;
  readonly #options: MapperOptions;
  readonly #find: MapperFinder;
  #entityClass: (abstract new (...args: never) => object) | undefined;
  #table: Table | undefined;
  #columns: readonly ColumnProperty[] = [];
  readonly #definitions = new Map<string, RelationshipDefinition>();
  #attributes: Record<string, unknown> = Object.create(null);
  #shown: object | undefined;
  #byKey: Map<string, ColumnProperty | RelationshipProperty> | undefined;
  #relationships: readonly Related[] | undefined;
  #byColumn = new Map<Column, ColumnProperty>();
  #primaryKey: readonly ColumnProperty[] = [];
  #rules: MapperRules | undefined;

  constructor(tableName: string, fields: object, metadata: MetaData, options: MapperOptions, find: MapperFinder) {
    mapperCount += 1;
    this.id = mapperCount;
    this.#tableName = tableName;
    this.#fields = fields;
    this.#metadata = metadata;
    this.#options = options;
    this.#find = find;
    this.listeners = new EntityListeners(options.baseEvents);
    metadata.addPending(() => this.#configureColumns());
  }

  /** Notes the class that extends what `mapped()` gave. */
  bindClass(entityClass: abstract new (...args: never) => object): void {
    if (this.#entityClass === entityClass) return;
    if (this.#entityClass !== undefined) {
      throw new ArgumentError(
        `${this.#entityClass.name} and ${entityClass.name} extend the same mapped class. Call Base.mapped() once for each class.`,
      );
    }
    this.#entityClass = entityClass;
  }

  /** Has an attribute's values checked. @throws ArgumentError where there is no such attribute. */
  addValidator(key: string, validate: Validate): void {
    if (!Object.hasOwn(this.#fields, key)) {
      throw new ArgumentError(
        `${this.name} has no attribute ${JSON.stringify(key)} to validate. It has: ${Object.keys(this.#fields).join(", ")}.`,
      );
    }
    this.listeners.hooksOf(key).validators.push(validate);
  }

  get name(): string {
    return this.#entityClass?.name ?? this.#tableName;
  }
  get prototype(): object {
    if (this.#entityClass !== undefined) return this.#entityClass.prototype as object;
    throw new ArgumentError(
      `The class mapped to ${JSON.stringify(this.#tableName)} is not known yet: class User extends Base.mapped(…) {}.`,
    );
  }
  get base(): object {
    return this.#options.base;
  }
  get table(): Table {
    this.#configureColumns();
    return this.#table as Table;
  }
  get columns(): readonly ColumnProperty[] {
    this.#configureColumns();
    return this.#columns;
  }
  get primaryKey(): readonly ColumnProperty[] {
    this.#configureColumns();
    return this.#primaryKey;
  }
  get rules(): MapperRules {
    this.#configureColumns();
    return (this.#rules ??= resolveRules(this, this.#options.rules));
  }
  get relationships(): readonly RelationshipProperty[] {
    return this.#resolveRelationships();
  }
  /** The class's attributes for queries, under `c`. While getters are being read, those known so far. */
  get attributes(): object {
    this.#configureColumns();
    return (this.#shown ??= refuseUnknown(this.#attributes, this.name));
  }

  property(column: Column): ColumnProperty {
    const property = this.#byColumn.get(column);
    if (property !== undefined) return property;
    throw new ArgumentError(`${this.name} has no attribute for ${column.fullName}.`);
  }

  find(key: string): ColumnProperty | RelationshipProperty | undefined {
    if (this.#byKey === undefined) {
      this.#resolveRelationships();
      const all = [...this.#columns, ...this.relationships];
      this.#byKey = new Map(all.map((property) => [property.key, property]));
    }
    return this.#byKey.get(key);
  }

  columnNodes(source: FromNode): readonly ExpressionNode[] {
    return this.columns.map((property) => columnThrough(property.column, source));
  }

  #configureColumns(): void {
    if (this.#table !== undefined) return;
    const { naming, base: _base, baseEvents: _events, rules: _rules, ...options } = this.#options;
    const table = new Table(this.#tableName, this.#metadata, {}, { ...options, columnName: columnNaming(naming) });
    this.#table = table;
    noteTableMapper(table.node, this);
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(this.#fields));
    for (const [key, descriptor] of descriptors)
      if (descriptor.get === undefined) this.#take(table, key, descriptor.value);
    for (const [key, descriptor] of descriptors)
      if (descriptor.get !== undefined) this.#take(table, key, descriptor.get.call(this.#fields));
    table.arrange(descriptors.map(([key]) => key));
    const keys = new Set(table.primaryKey);
    this.#columns = table.columns.map((column, index) => ({
      index,
      key: column.key,
      column,
      tracker: trackerOf(column.type),
      isPrimaryKey: keys.has(column),
    }));
    this.#byColumn = new Map(this.#columns.map((property) => [property.column, property]));
    this.#primaryKey = table.primaryKey.map((column) => this.property(column));
    this.#rules = resolveRules(this, this.#options.rules);
  }

  #take(table: Table, key: string, value: unknown): void {
    if (value instanceof ColumnBuilder) {
      this.#attributes[key] = table.addColumn(key, value);
    } else if (value instanceof RelationshipDefinition) {
      this.#definitions.set(key, value);
      this.#attributes[key] = new RelationshipAttribute(key, () => this.#relationship(key));
    } else {
      throw new ArgumentError(
        `${this.name}.${key} is neither a column nor a relationship. Use a builder such as string(), or many(), one(), maybe().`,
      );
    }
  }

  #relationship(key: string): RelationshipProperty {
    const found = this.find(key);
    if (found !== undefined && "direction" in found) return found;
    throw new ArgumentError(`${this.name} has no relationship ${JSON.stringify(key)}.`);
  }

  #resolveRelationships(): readonly RelationshipProperty[] {
    if (this.#relationships !== undefined) return this.#relationships;
    this.#configureColumns();
    this.#relationships = [...this.#definitions].map(([key, definition], index) =>
      this.#resolve(key, index, definition),
    );
    if (this.listeners.active) this.listeners.fire("mapperConfigured", { entity: this.prototype.constructor });
    return this.#relationships;
  }

  #resolve(key: string, index: number, definition: RelationshipDefinition): Related {
    const target = this.#find(definition.target);
    if (target === undefined) {
      throw noTarget(`${this.name}.${key}`, definition.target);
    }
    return new Related(resolveRelationship(this, key, index, definition, target), definition.options.backPopulates);
  }
}

function noTarget(name: string, target: unknown): UnmappedClassError {
  const remedy =
    typeof target === "function" && !isClass(target)
      ? "Give the class itself, and make the field a getter: get posts() { return many(Post); }."
      : "Give a mapped class: class Post extends Base.mapped(…) {}.";
  return new UnmappedClassError(`${name} leads to ${describeWithin(target)}, which is not mapped. ${remedy}`);
}

type Resolved = Omit<RelationshipProperty, "inverse">;

/** A relationship whose other side is looked up when first needed, so that classes may lead to each other. */
class Related implements RelationshipProperty {
  declare readonly key: string;
  declare readonly index: number;
  declare readonly parent: EntityMapper;
  declare readonly target: EntityMapper;
  declare readonly direction: RelationshipProperty["direction"];
  declare readonly isMany: boolean;
  declare readonly pairs: RelationshipProperty["pairs"];
  declare readonly secondaryPairs: RelationshipProperty["secondaryPairs"];
  declare readonly secondary: RelationshipProperty["secondary"];
  declare readonly cascade: RelationshipProperty["cascade"];
  declare readonly orderBy: RelationshipProperty["orderBy"];
  declare readonly lazy: RelationshipProperty["lazy"];
  declare readonly passiveDeletes: RelationshipProperty["passiveDeletes"];
  declare readonly passiveUpdates: boolean;
  declare readonly postUpdate: boolean;
  declare readonly singleParent: boolean;
  declare readonly viewonly: boolean;
  declare readonly byPrimaryKey: boolean;
  declare readonly name: string;
  declare readonly extraCriteria: RelationshipProperty["extraCriteria"];
  readonly #backPopulates: string | undefined;
  #inverse: RelationshipProperty | null | undefined;

  constructor(resolved: Resolved, backPopulates: string | undefined) {
    Object.assign(this, resolved);
    this.#backPopulates = backPopulates;
  }

  get inverse(): RelationshipProperty | null {
    if (this.#inverse === undefined) this.#inverse = this.#findInverse();
    return this.#inverse;
  }

  #findInverse(): RelationshipProperty | null {
    const key = this.#backPopulates;
    if (key === undefined) return null;
    const found = this.target.find(key);
    if (found === undefined || !("direction" in found)) {
      throw new ArgumentError(
        `${this.name}: backPopulates names ${JSON.stringify(key)}, but ${this.target.name} has no such relationship. ` +
          `It has: ${this.target.relationships.map((known) => known.key).join(", ") || "none"}.`,
      );
    }
    if (found.target !== this.parent) {
      throw new ArgumentError(
        `${this.name}: backPopulates names ${found.name}, which leads to ${found.target.name} instead of ${this.parent.name}.`,
      );
    }
    if (found.direction === this.direction && this.direction !== "many-to-many") {
      throw new ArgumentError(
        `${this.name} and ${found.name} are both ${this.direction}; one of the two sides must hold the key.`,
      );
    }
    return this.viewonly || found.viewonly ? null : found;
  }
}
