import {
  type AliasNode,
  type EntityNode,
  type HasEntity,
  type HasFrom,
  QueryColumn,
  refuseUnknown,
} from "../../sql/index.ts";
import type { MappedClass } from "../typing/entity.ts";
import { entityNode } from "./declarative-base.ts";
import { mapperOf } from "./registry.ts";
import type { Mapper } from "./mapper.ts";
import { RelationshipAttribute } from "./relationship-attribute.ts";

/** A mapped class under another name, so that it can stand in one query twice. */
export class AliasedEntity<I = unknown, A = unknown> implements HasEntity, HasFrom {
  declare readonly entityInstance?: I;
  readonly #mapper: Mapper;
  readonly #node: AliasNode;
  /** Its attributes. */
  readonly c: A;

  constructor(mapper: Mapper, name: string | null) {
    this.#mapper = mapper;
    this.#node = { kind: "alias", source: mapper.table.node, name, lateral: false };
    this.c = refuseUnknown(aliasAttributes(mapper, this.#node), `The alias of ${mapper.name}`) as A;
  }
  "~entity"(): EntityNode {
    return entityNode(this.#mapper, this.#node);
  }
  "~from"(): AliasNode {
    return this.#node;
  }
}

function aliasAttributes(mapper: Mapper, node: AliasNode): object {
  const record: Record<string, unknown> = Object.create(null);
  for (const { key, column } of mapper.columns) record[key] = new QueryColumn(key, { ...column.toNode(), table: node });
  for (const property of mapper.relationships)
    record[property.key] = new RelationshipAttribute(property.key, () => property, node);
  return record;
}

/** A mapped class under another name: `const manager = aliased(Employee)`. */
export function aliased<C extends MappedClass>(entity: C, name?: string): AliasedEntity<InstanceType<C>, C["c"]> {
  return new AliasedEntity(mapperOf(entity), name ?? null);
}
