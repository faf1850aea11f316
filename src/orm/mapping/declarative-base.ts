import { anything, checkOptionValues, type OptionRules } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import { MetaData, Table, type TableItem, type ViewOptions } from "../../schema/index.ts";
import {
  describeWithin,
  type EntityNode,
  type ExpressionNode,
  type StatementTarget,
  type TableNode,
  TARGET,
  type TargetColumn,
} from "../../sql/index.ts";
import { unknownType } from "../../types/index.ts";
import { defineAccessors, initialise, toPlain } from "../state/attributes.ts";
import { createEntityEvents, type EntityEventHub } from "./entity-events.ts";
import { refuseJoined } from "./hierarchy.ts";
import type { FieldValue, Mapped, SubclassOptions } from "../typing/entity.ts";
import { Mapper } from "./mapper.ts";
import { ruleOptionRules } from "./mapper-rules.ts";
import type { Naming } from "./naming.ts";
import { findMapper, mapperOf } from "./registry.ts";

export interface BaseOptions {
  /** Where the tables are kept; by default a new one. */
  readonly metadata?: MetaData;
  /** How attribute names become column names. Default `"snake_case"`. */
  readonly naming?: Naming;
}

/** `F` are the fields, `V` the name of the version column, `P` that of the discriminator. */
export interface MappedOptions<F = unknown, V extends string = string, P extends string = string> {
  /** The table's schema. */
  readonly schema?: string;
  /** Constraints and indexes over several columns. */
  readonly items?: readonly TableItem[];
  readonly comment?: string;
  /**
   * Makes it a view: `{ view: { query: () => select(User.c.id.as("userId"), …) } }`. Each column of the query has the name of
   * a field. Without a primary key only naked sessions read its objects.
   */
  readonly view?: ViewOptions;
  /**
   * The attribute that counts an object's versions. Each UPDATE writes the next one and matches the one that was loaded, as each
   * DELETE does, so that a row somebody else changed meanwhile is not overwritten: StaleDataError instead.
   */
  readonly versionIdCol?: V;
  /**
   * Makes the next version; gets `null` for a new object. Default: 1, then one more each time. `false`: the database makes
   * versions (declare that by `serverDefault()` and `serverOnUpdate()`), or the program assigns them.
   */
  readonly versionIdGenerator?: ((current: VersionOf<F, V> | null) => VersionOf<F, V>) | false;
  /**
   * Whether a flush reads what the database computed: defaults, computed columns, SQL expressions. `"auto"` (default) and `true`:
   * yes, by the writing statement where it can return rows, else by one more. `false`: it counts as not loaded.
   */
  readonly eagerDefaults?: "auto" | boolean;
  /** Warn when a DELETE meets fewer rows than it should. Default true. */
  readonly confirmDeletedRows?: boolean;
  /** Write many objects by one statement. Default true; false writes one at a time, so that their events alternate. */
  readonly batch?: boolean;
  /** A primary key of several columns of which some are NULL still makes an object. Default true. */
  readonly allowPartialPks?: boolean;
  /** Every query and `get()` reads rows anew, also of objects that are loaded. Default false. */
  readonly alwaysRefresh?: boolean;
  /**
   * The attribute whose value says which class a row is of: subclasses share the table then,
   * `class Manager extends Employee.mapped({ … }, { polymorphicIdentity: "manager" }) {}`, and the class names them by
   * `static get subclasses() { return [Manager]; }`.
   */
  readonly polymorphicOn?: P;
  /** The discriminator's value in the rows of this very class; without it, only its subclasses have rows. */
  readonly polymorphicIdentity?: P extends keyof F ? FieldValue<F[P]> : unknown;
}

type VersionOf<F, V> = V extends keyof F ? FieldValue<F[V]> : unknown;

const mappedOptionRules: OptionRules<MappedOptions> = {
  schema: anything,
  items: anything,
  comment: anything,
  view: anything,
  ...ruleOptionRules,
};

/** What mapped classes of one set of tables share. */
export interface DeclarativeBase {
  readonly metadata: MetaData;
  /** The listeners of all its classes. */
  readonly "~events": EntityEventHub;
  /**
   * Makes a class mapped to a table, to be extended: `class User extends Base.mapped("users", { … }) {}`.
   *
   * A field that mentions another class must be a getter, so that it is read only when all classes are there.
   */
  mapped<F extends object, V extends keyof NoInfer<F> & string = never, P extends keyof NoInfer<F> & string = never>(
    tableName: string,
    fields: F,
    options?: MappedOptions<NoInfer<F>, V, P>,
  ): Mapped<F, V | P>;
  /**
   * Makes a class mapped to a table or view that is there already, with an attribute for each column:
   * `class Total extends Base.mappedTo(viewTable("totals", Base.metadata, select(…))) {}`.
   *
   * @throws ArgumentError for what is no table of this base's metadata.
   */
  mappedTo<F extends object>(table: Table<F>): Mapped<F>;
}

/** Begins a set of mapped classes with their tables. */
export function declarativeBase(options: BaseOptions = {}): DeclarativeBase {
  const metadata = options.metadata ?? new MetaData();
  const naming = options.naming ?? "snake_case";
  const baseEvents = createEntityEvents();
  const base: DeclarativeBase = {
    metadata,
    "~events": baseEvents,
    mapped<F extends object, V extends keyof NoInfer<F> & string = never, P extends keyof NoInfer<F> & string = never>(
      tableName: string,
      fields: F,
      mappedOptions: MappedOptions<NoInfer<F>, V, P> = {},
    ): Mapped<F, V | P> {
      if (typeof fields !== "object" || fields === null) {
        throw new ArgumentError(
          'mapped() takes a table name and the fields: Base.mapped("users", { id: integer().primaryKey() }).',
        );
      }
      checkOptionValues(mappedOptions, mappedOptionRules, "Base.mapped()");
      const given = mappedOptions as MappedOptions;
      const options = { naming, base, baseEvents, ...given, rules: given, parent: null };
      const mapper = new Mapper(tableName, fields, metadata, options, findMapper);
      return mappedClass(mapper, Object.keys(fields)) as Mapped<F, V | P>;
    },
    mappedTo<F extends object>(table: Table<F>): Mapped<F> {
      if (!(table instanceof Table))
        throw new ArgumentError(
          `mappedTo() takes a table or view such as viewTable("totals", Base.metadata, select(…)), not ${describeWithin(table)}.`,
        );
      if (table.metadata !== metadata)
        throw new ArgumentError(
          `The table ${JSON.stringify(table.name)} is in another MetaData than the classes of this base. Make it with ` +
            "Base.metadata, or the base with declarativeBase({ metadata }).",
        );
      const fields = Object.fromEntries(table.columns.map((column) => [column.key, column]));
      const options = { naming, base, baseEvents, table, rules: {}, parent: null };
      return mappedClass(
        new Mapper(table.name, fields, metadata, options, findMapper),
        Object.keys(fields),
      ) as Mapped<F>;
    },
  };
  return base;
}

const subclassOptionRules: OptionRules<SubclassOptions> = { polymorphicIdentity: anything };

/**
 * A class's attributes for queries. Once they are complete the class has them as a value of its own, which is read in
 * 1 ns instead of 20: a SELECT of five tables mentions them 13 times.
 */
function attributesOf(entityClass: object): object {
  const mapper = mapperOf(entityClass);
  const { attributes } = mapper;
  if (mapper.isBoundTo(entityClass) && mapper.isComplete)
    Object.defineProperty(entityClass, "c", { value: attributes });
  return attributes;
}

type EntityConstructor = abstract new (...args: never) => object;

function mappedClass(mapper: Mapper, keys: readonly string[]): unknown {
  class MappedEntity {
    static readonly "~mapper" = mapper;
    static readonly "~events": EntityEventHub = mapper.listeners.own;
    static get c(): object {
      return attributesOf(this);
    }
    static get table(): unknown {
      return mapperOf(this).table;
    }
    static mapped(fields: object, options: SubclassOptions = {}): unknown {
      return mappedSubclass(this, fields, options);
    }
    static "~entity"(): EntityNode {
      const found = mapperOf(this);
      return entityNode(found, found.table.node);
    }
    static "~from"(): TableNode {
      return mapperOf(this).table.node;
    }
    static "~criterion"(): ExpressionNode | null {
      const found = mapperOf(this);
      return found.criterion(found.table.node);
    }
    static "~target"(): StatementTarget {
      return targetOf(mapperOf(this));
    }
    constructor(init?: unknown) {
      initialise(this, init, mapperOf(new.target));
    }
    toJSON(): object {
      return toPlain(this);
    }
  }
  Object.defineProperty(MappedEntity.prototype, "toJSON", { enumerable: false });
  defineAccessors(MappedEntity.prototype, keys, mapper);
  return MappedEntity;
}

/** Makes a class that extends a mapped one, to be extended in turn. */
function mappedSubclass(above: EntityConstructor, fields: object, options: SubclassOptions): unknown {
  const parent = mapperOf(above);
  if (typeof fields === "string") throw refuseJoined(parent.name);
  if (typeof fields !== "object" || fields === null) {
    throw new ArgumentError(
      `${parent.name}.mapped() takes the fields that the subclass adds: ${parent.name}.mapped({ budget: integer() }).`,
    );
  }
  checkOptionValues(options, subclassOptionRules, `${parent.name}.mapped()`);
  const mapper = parent.subclass(fields, options.polymorphicIdentity);
  const Above = above as new (...args: unknown[]) => object;
  class MappedSubclass extends Above {
    static readonly "~mapper" = mapper;
    static readonly "~events": EntityEventHub = mapper.listeners.own;
    // the class above may have become its own
    static get c(): object {
      return attributesOf(this);
    }
  }
  defineAccessors(MappedSubclass.prototype, Object.keys(fields), mapper);
  return MappedSubclass;
}

/** How statements that change the table find a class's columns. */
function targetOf(mapper: Mapper): StatementTarget {
  const { table } = mapper;
  const target = { ...table[TARGET](), label: mapper.name, mapper };
  if (!mapper.isPolymorphic) return target;
  const columns = mapper.columns.map((property) => property.column);
  const { hierarchy, identity } = mapper;
  return {
    ...target,
    criterion: mapper.criterion(table.node),
    // a row without a discriminator is one of this class
    columns: columns.map((column): TargetColumn => {
      if (column !== hierarchy?.discriminator.column || identity === undefined) return column;
      const { name, key, type, onUpdate } = column;
      return { name, key, type, onUpdate, onInsert: () => identity };
    }),
    find: (key) => columns.find((column) => column.key === key) ?? columns.find((column) => column.name === key),
  };
}

const entityNodes = new WeakMap<object, EntityNode>();

/** The entity node of a class seen through a FROM element; made once for each. */
export function entityNode(mapper: Mapper, source: EntityNode["source"]): EntityNode {
  const nodes = mapper.parent === null ? entityNodes : mapper.entityNodes;
  let node = nodes.get(source);
  if (node === undefined || node.mapper !== mapper) {
    const columns = mapper.columnNodes(source);
    node = { kind: "entity", source, columns, mapper, criterion: mapper.criterion(source), type: unknownType };
    nodes.set(source, node);
  }
  return node;
}
