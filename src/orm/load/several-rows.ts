import { warn } from "../../util/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";

/** A relationship to one object has found several. */
export function warnOfSeveral({ name }: RelationshipProperty): void {
  warn(
    "rows",
    `Multiple rows returned with uselist=False: ${name} leads to one object, and has found several. The first is taken.`,
  );
}
