import { ArgumentError } from "../../errors/index.ts";
import {
  type Cte,
  type EntityNode,
  type ExpressionNode,
  fromNode,
  type FromNode,
  type HasCriterion,
  type HasEntity,
  type HasFrom,
  QueryColumn,
  bareRecord,
  refuseUnknown,
  type Subquery,
} from "../../sql/index.ts";
import type { MappedClass } from "../typing/entity.ts";
import { entityNode } from "./declarative-base.ts";
import { columnThrough } from "./join-condition.ts";
import { mapperOf } from "./registry.ts";
import type { Mapper } from "./mapper.ts";
import { RelationshipAttribute } from "./relationship-attribute.ts";

/** A mapped class under another name, so that it can stand in one query twice. */
export class AliasedEntity<I = unknown, A = unknown> implements HasEntity, HasFrom, HasCriterion {
  declare readonly entityInstance?: I;
  readonly #mapper: Mapper;
  readonly #node: FromNode;
  /** Its attributes. */
  readonly c: A;

  constructor(mapper: Mapper, node: FromNode) {
    this.#mapper = mapper;
    this.#node = node;
    this.c = refuseUnknown(aliasAttributes(mapper, this.#node), `The alias of ${mapper.name}`) as A;
  }
  "~entity"(): EntityNode {
    return entityNode(this.#mapper, this.#node);
  }
  "~criterion"(): ExpressionNode | null {
    return this.#mapper.criterion(this.#node);
  }
  "~from"(): FromNode {
    return this.#node;
  }
}

function aliasAttributes(mapper: Mapper, node: FromNode): object {
  const record = bareRecord();
  for (const { key, column } of mapper.columns) record[key] = new QueryColumn(key, columnThrough(column, node));
  for (const property of mapper.relationships)
    record[property.key] = new RelationshipAttribute(property.key, () => property, node);
  return record;
}

/**
 * A mapped class under another name, `aliased(Employee)`, or read from a query that selects its columns:
 * `aliased(Employee, select(Employee).limit(10).subquery())`.
 *
 * @throws ArgumentError for a query that lacks one of the class's columns.
 */
export function aliased<C extends MappedClass>(
  entity: C,
  source?: string | Subquery | Cte,
): AliasedEntity<InstanceType<C>, C["c"]> {
  const mapper = mapperOf(entity);
  return new AliasedEntity(mapper, typeof source === "object" ? queryOf(mapper, source) : tableAlias(mapper, source));
}

function tableAlias(mapper: Mapper, name: string | undefined): FromNode {
  return { kind: "alias", source: mapper.table.node, name: name ?? null, lateral: false };
}

function queryOf(mapper: Mapper, source: Subquery | Cte): FromNode {
  const lacking = mapper.layout.find(({ key }) => !(key in source.c));
  if (lacking === undefined) return fromNode(source);
  throw new ArgumentError(
    `This query cannot stand for ${mapper.name}: it has no column ${JSON.stringify(lacking.key)}. Select the class in it: select(${mapper.name}).`,
  );
}
