import { ArgumentError, UnmappedClassError } from "../../errors/index.ts";
import { Column, ColumnBuilder, type MetaData, Table, type TableOptions } from "../../schema/index.ts";
import {
  describeWithin,
  type EntityNode,
  type ExpressionNode,
  type FromNode,
  isClass,
  bareRecord,
  refuseUnknown,
} from "../../sql/index.ts";
import type { ColumnProperty, EntityMapper, MapperRules, RelationshipProperty } from "./entity-mapper.ts";
import type { Validate } from "./attribute-hooks.ts";
import { type EntityEventHub, EntityListeners } from "./entity-events.ts";
import { Hierarchy, namedSubclasses, rowsOfClass, shownIdentity } from "./hierarchy.ts";
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
  /** The table it is mapped to, where there is one already. */
  readonly table?: Table;
  /** The class it extends, whose table it shares. */
  readonly parent: Mapper | null;
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
  readonly parent: Mapper | null;
  readonly root: Mapper;
  readonly identity: unknown;
  readonly isPolymorphic: boolean;
  /** Of a class that shares its table: its entity nodes by their sources. */
  readonly entityNodes: WeakMap<object, EntityNode> = new WeakMap();
  readonly #children: Mapper[] = [];
  readonly #criteria = new WeakMap<FromNode, ExpressionNode>();
  #hierarchy: Hierarchy | null = null;
  #isComplete = false;
  #layout: readonly ColumnProperty[] | undefined;
  readonly #tableName: string;
  readonly #fields: object;
  readonly #metadata: MetaData;
  readonly #options: MapperOptions;
  readonly #find: MapperFinder;
  #entityClass: (abstract new (...args: never) => object) | undefined;
  #table: Table | undefined;
  #columns: readonly ColumnProperty[] = [];
  readonly #definitions = new Map<string, RelationshipDefinition>();
  #attributes: Record<string, unknown> = bareRecord();
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
    this.parent = options.parent;
    this.root = options.parent?.root ?? this;
    this.isPolymorphic = this.root.#options.rules.polymorphicOn !== undefined;
    this.identity = options.rules.polymorphicIdentity;
    this.listeners = new EntityListeners(options.baseEvents, options.parent?.listeners);
    if (options.parent === null) metadata.addPending(() => this.#configureColumns());
    else options.parent.#addChild(this);
  }

  /** @throws ArgumentError when the table is complete, or the class has nothing that tells rows apart. */
  #addChild(child: Mapper): void {
    if (this.root.#options.rules.polymorphicOn === undefined) {
      throw new ArgumentError(
        `${this.name} cannot have mapped subclasses: nothing says which class a row is of. Map ${this.root.name} with ` +
          '{ polymorphicOn: "type" }, where type is a column of its own.',
      );
    }
    if (this.root.#table !== undefined) {
      throw new ArgumentError(
        `${this.root.name} was used before ${child.name} was defined. Name the class where the program knows it before: ` +
          `static get subclasses() in ${this.name}, in the same module or one that imports it.`,
      );
    }
    this.#children.push(child);
  }

  /** The mapper of a class that extends this one. */
  subclass(fields: object, identity: unknown): Mapper {
    const rules = { ...this.#options.rules, polymorphicIdentity: identity };
    return new Mapper(this.#tableName, fields, this.#metadata, { ...this.#options, rules, parent: this }, this.#find);
  }

  get hierarchy(): Hierarchy | null {
    this.#configureColumns();
    return this.root.#hierarchy;
  }
  get family(): readonly Mapper[] {
    return [this, ...this.#children.flatMap((child) => child.family)];
  }
  get layout(): readonly ColumnProperty[] {
    this.#configureColumns();
    return (this.#layout ??=
      this.#children.length === 0
        ? this.#columns
        : [...this.#columns, ...this.#children.flatMap((child) => child.layout.slice(this.#columns.length))]);
  }

  isA(other: EntityMapper): boolean {
    if (other === this) return true;
    for (let above = this.parent; above !== null; above = above.parent) if (above === other) return true;
    return false;
  }

  criterion(source: FromNode): ExpressionNode | null {
    if (this.parent === null) return null;
    let criterion = this.#criteria.get(source);
    if (criterion === undefined) {
      criterion = rowsOfClass(this, (this.hierarchy as Hierarchy).discriminator, source);
      this.#criteria.set(source, criterion);
    }
    return criterion;
  }

  /** All its columns are known. */
  get isComplete(): boolean {
    return this.#isComplete;
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

  /** Whether this is the class that extends what `mapped()` gave. */
  isBoundTo(entityClass: unknown): boolean {
    return this.#entityClass === entityClass;
  }

  /** Has an attribute's values checked. @throws ArgumentError where there is no such attribute. */
  addValidator(key: string, validate: Validate): void {
    const known = this.#fieldNames();
    if (!known.includes(key)) {
      throw new ArgumentError(
        `${this.name} has no attribute ${JSON.stringify(key)} to validate. It has: ${known.join(", ")}.`,
      );
    }
    this.listeners.hooksOf(key).validators.push(validate);
  }

  #fieldNames(): readonly string[] {
    return [...(this.parent === null ? [] : this.parent.#fieldNames()), ...Object.keys(this.#fields)];
  }

  get name(): string {
    if (this.#entityClass !== undefined) return this.#entityClass.name;
    if (this.parent === null) return this.#tableName;
    return `the subclass ${shownIdentity(this.identity)} of ${this.parent.name}`;
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
    if (this.parent !== null && !this.#isComplete) return refuseUnknown(this.#allAttributes(), this.name);
    return (this.#shown ??= refuseUnknown(this.#attributes, this.name));
  }

  #allAttributes(): Record<string, unknown> {
    const inherited = this.parent === null ? null : this.parent.#allAttributes();
    return Object.assign(bareRecord(), inherited, this.#attributes);
  }

  has(column: Column): boolean {
    this.#configureColumns();
    return this.#byColumn.has(column);
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
    return this.layout.map((property) => columnThrough(property.column, source));
  }

  #configureColumns(): void {
    if (this.parent !== null) return this.#configureInherited(this.parent);
    if (this.#table !== undefined) return;
    const {
      naming,
      base: _base,
      baseEvents: _events,
      rules,
      parent: _parent,
      table: given,
      ...options
    } = this.#options;
    const table =
      given ?? new Table(this.#tableName, this.#metadata, {}, { ...options, columnName: columnNaming(naming) });
    this.#table = table;
    noteTableMapper(table.node, this);
    this.#takeFields(table);
    table.arrange(Object.keys(this.#fields));
    this.#complete(table);
    if (rules.polymorphicOn !== undefined) this.#configureFamily(table, rules.polymorphicOn);
  }

  #configureFamily(table: Table, discriminator: string): void {
    const named = new Set<Mapper>();
    for (const mapper of this.family) mapper.#bindSubclasses(named);
    for (const mapper of this.family) {
      if (mapper !== this && !named.has(mapper)) {
        throw new ArgumentError(
          `${mapper.name} is not named by its base, so its rows could not be loaded: ` +
            `class ${mapper.parent?.name} … { static get subclasses() { return [${mapper.#entityClass?.name ?? "…"}]; } }.`,
        );
      }
      mapper.#configureColumns();
    }
    table.arrange(this.family.flatMap((mapper) => Object.keys(mapper.#fields)));
    this.#hierarchy = new Hierarchy(this, discriminator);
  }

  /** Notes the classes that its class names. @throws ArgumentError for one that is no subclass of it. */
  #bindSubclasses(named: Set<Mapper>): void {
    for (const entityClass of namedSubclasses(this.#entityClass, this.name)) {
      const mapper = this.#find(entityClass);
      if (mapper === undefined || mapper === this || !mapper.isA(this)) {
        throw new ArgumentError(
          `${this.name}.subclasses names ${mapper?.name ?? describeWithin(entityClass)}, which is no mapped subclass of it: ` +
            `class Manager extends ${this.name}.mapped({ … }, { polymorphicIdentity: "manager" }) {}.`,
        );
      }
      named.add(mapper);
    }
  }

  /** A subclass: its columns stand in the table of the topmost class, after those that it inherits. */
  #configureInherited(parent: Mapper): void {
    parent.#configureColumns();
    if (this.#isComplete) return;
    if (this.#table === undefined) {
      this.#table = parent.#table as Table;
      this.#takeFields(this.#table);
    }
    // while getters of the base are being read, its columns are not all there
    if (parent.#isComplete && !this.#isComplete) this.#complete(this.#table);
  }

  #takeFields(table: Table): void {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(this.#fields));
    for (const [key, descriptor] of descriptors)
      if (descriptor.get === undefined) this.#take(table, key, descriptor.value);
    for (const [key, descriptor] of descriptors)
      if (descriptor.get !== undefined) this.#take(table, key, descriptor.get.call(this.#fields));
  }

  #complete(table: Table): void {
    const { parent } = this;
    const inherited = parent === null ? [] : parent.#columns;
    const keys = new Set(table.primaryKey);
    const own = Object.keys(this.#fields).flatMap((key) => {
      const attribute = this.#attributes[key];
      return attribute instanceof RelationshipAttribute ? [] : [attribute as Column];
    });
    const properties = own.map((column, index) => ({
      index: inherited.length + index,
      key: column.key,
      column,
      tracker: trackerOf(column.type),
      isPrimaryKey: keys.has(column),
    }));
    this.#columns = [...inherited, ...properties];
    this.#byColumn = new Map(this.#columns.map((property) => [property.column, property]));
    this.#primaryKey = table.primaryKey.map((column) => this.property(column));
    if (parent !== null) this.#attributes = this.#allAttributes();
    this.#isComplete = true;
    this.#rules = resolveRules(this, this.#options.rules);
  }

  #take(table: Table, key: string, value: unknown): void {
    if (this.parent !== null) this.#refuseTaken(table, key, value);
    if (value instanceof Column && value.table === this.#options.table) this.#attributes[key] = value;
    else if (value instanceof ColumnBuilder) {
      // in the rows of the other classes there is nothing
      this.#attributes[key] = table.addColumn(key, this.parent === null ? value : value.nullable());
    } else if (value instanceof RelationshipDefinition) {
      this.#definitions.set(key, value);
      this.#attributes[key] = new RelationshipAttribute(key, () => this.#relationship(key));
    } else {
      throw new ArgumentError(
        `${this.name}.${key} is neither a column nor a relationship. Use a builder such as string(), or many(), one(), maybe().`,
      );
    }
  }

  #refuseTaken(table: Table, key: string, value: unknown): void {
    const { root } = this;
    if (this.parent !== null && this.parent.#fieldNames().includes(key))
      throw new ArgumentError(`${this.name}.${key} is inherited from ${this.parent.name}: leave it out.`);
    if (!(value instanceof ColumnBuilder)) return;
    if (value.spec.primaryKey === true)
      throw new ArgumentError(`${this.name}.${key} cannot be a primary key: the class has the one of ${root.name}.`);
    if (table.find(key) === undefined) return;
    throw new ArgumentError(
      `${this.name}.${key}: another class of ${root.name}'s table has a column of that name. Declare it once, on the class that ` +
        "both extend, or call one of them otherwise.",
    );
  }

  #relationship(key: string): RelationshipProperty {
    const found = this.find(key);
    if (found !== undefined && "direction" in found) return found;
    throw new ArgumentError(`${this.name} has no relationship ${JSON.stringify(key)}.`);
  }

  #resolveRelationships(): readonly Related[] {
    if (this.#relationships !== undefined) return this.#relationships;
    this.#configureColumns();
    const inherited = this.parent === null ? [] : this.parent.#resolveRelationships();
    const own = [...this.#definitions].map(([key, definition], index) =>
      this.#resolve(key, inherited.length + index, definition),
    );
    this.#relationships = [...inherited, ...own];
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
