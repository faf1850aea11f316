import type { TableNode } from "../../sql/index.ts";
import type { EntityMapper } from "./entity-mapper.ts";

const mappers = new WeakMap<TableNode, EntityMapper>();

/** Notes the class that a table is mapped to. */
export function noteTableMapper(table: TableNode, mapper: EntityMapper): void {
  if (!mappers.has(table)) mappers.set(table, mapper);
}

/** The class that a table is mapped to; `undefined` for a table on its own. */
export function tableMapper(table: TableNode): EntityMapper | undefined {
  return mappers.get(table);
}
