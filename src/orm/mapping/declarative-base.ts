import { ArgumentError } from "../../errors/index.ts";
import { MetaData, type TableItem } from "../../schema/index.ts";
import { type EntityNode, type StatementTarget, type TableNode, TARGET } from "../../sql/index.ts";
import { unknownType } from "../../types/index.ts";
import { defineAccessors, initialise, toPlain } from "../state/attributes.ts";
import type { Mapped } from "../typing/entity.ts";
import { createEntityEvents, type EntityEventHub } from "./entity-events.ts";
import { Mapper } from "./mapper.ts";
import type { Naming } from "./naming.ts";
import { findMapper, mapperOf } from "./registry.ts";

export interface BaseOptions {
  /** Where the tables are kept; by default a new one. */
  readonly metadata?: MetaData;
  /** How attribute names become column names. Default `"snake_case"`. */
  readonly naming?: Naming;
}

export interface MappedOptions {
  /** The table's schema. */
  readonly schema?: string;
  /** Constraints and indexes over several columns. */
  readonly items?: readonly TableItem[];
  readonly comment?: string;
}

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
  mapped<F extends object>(tableName: string, fields: F, options?: MappedOptions): Mapped<F>;
}

/** Begins a set of mapped classes with their tables. */
export function declarativeBase(options: BaseOptions = {}): DeclarativeBase {
  const metadata = options.metadata ?? new MetaData();
  const naming = options.naming ?? "snake_case";
  const baseEvents = createEntityEvents();
  return {
    metadata,
    "~events": baseEvents,
    mapped<F extends object>(tableName: string, fields: F, mappedOptions: MappedOptions = {}): Mapped<F> {
      if (typeof fields !== "object" || fields === null) {
        throw new ArgumentError(
          'mapped() takes a table name and the fields: Base.mapped("users", { id: integer().primaryKey() }).',
        );
      }
      const mapper = new Mapper(tableName, fields, metadata, { naming, baseEvents, ...mappedOptions }, findMapper);
      return mappedClass(mapper, Object.keys(fields)) as Mapped<F>;
    },
  };
}

function mappedClass(mapper: Mapper, keys: readonly string[]): unknown {
  class MappedEntity {
    static readonly "~mapper" = mapper;
    static readonly "~events": EntityEventHub = mapper.listeners.own;
    static get c(): object {
      return mapperOf(this).attributes;
    }
    static get table(): unknown {
      return mapperOf(this).table;
    }
    static "~entity"(): EntityNode {
      return entityNode(mapperOf(this), mapper.table.node);
    }
    static "~from"(): TableNode {
      return mapperOf(this).table.node;
    }
    static "~target"(): StatementTarget {
      const found = mapperOf(this);
      return { ...found.table[TARGET](), label: found.name };
    }
    constructor(init?: unknown) {
      initialise(this, init, mapperOf(new.target));
    }
    toJSON(): object {
      return toPlain(this);
    }
  }
  Object.defineProperty(MappedEntity.prototype, "toJSON", { enumerable: false });
  defineAccessors(MappedEntity.prototype, keys);
  return MappedEntity;
}

const entityNodes = new WeakMap<object, EntityNode>();

/** The entity node of a class seen through a FROM element; made once for each. */
export function entityNode(mapper: Mapper, source: EntityNode["source"]): EntityNode {
  let node = entityNodes.get(source);
  if (node === undefined || node.mapper !== mapper) {
    node = { kind: "entity", source, columns: mapper.columnNodes(source), mapper, type: unknownType };
    entityNodes.set(source, node);
  }
  return node;
}
