import { ArgumentError, InvalidRequestError } from "../../errors/index.ts";
import { type ColumnNode, type ExpressionNode, type FromNode, literalNode } from "../../sql/index.ts";
import { booleanType } from "../../types/index.ts";
import { keyPart } from "../state/identity-map.ts";
import type { ColumnProperty, Discrimination, EntityMapper } from "./entity-mapper.ts";
import { columnThrough } from "./join-condition.ts";

/** What the classes of one table know together; made when the topmost one is complete. */
export class Hierarchy implements Discrimination {
  readonly discriminator: ColumnProperty;
  readonly #root: EntityMapper;
  readonly #byIdentity = new Map<unknown, EntityMapper>();

  /** @throws ArgumentError for two classes with the same identity, and a discriminator that is no column. */
  constructor(root: EntityMapper, key: string) {
    const discriminator = root.columns.find((column) => column.key === key);
    if (discriminator === undefined) {
      throw new ArgumentError(
        `${root.name}: polymorphicOn names ${JSON.stringify(key)}, but the class has no such column. ` +
          `It has: ${root.columns.map((column) => column.key).join(", ")}.`,
      );
    }
    this.#root = root;
    this.discriminator = discriminator;
    for (const mapper of root.family) this.#note(mapper);
  }

  #note(mapper: EntityMapper): void {
    if (mapper.identity === undefined) return;
    const key = keyPart(mapper.identity);
    const other = this.#byIdentity.get(key);
    if (other !== undefined) {
      throw new ArgumentError(
        `${other.name} and ${mapper.name} have the same polymorphicIdentity, ${shownIdentity(mapper.identity)}: ` +
          "rows of theirs could not be told apart. Give each class its own.",
      );
    }
    this.#byIdentity.set(key, mapper);
  }

  /** The class of a row. @throws InvalidRequestError for a value that no class has. */
  classOf(value: unknown, key: unknown): EntityMapper {
    const found = value === null || value === undefined ? undefined : this.#byIdentity.get(keyPart(value));
    if (found !== undefined) return found;
    const known = [...this.#byIdentity.values()].map(({ identity }) => shownIdentity(identity)).join(", ");
    throw new InvalidRequestError(
      `No such polymorphicIdentity: the row of ${this.#root.table.fullName} with key ${String(key)} has ${shownIdentity(value)} ` +
        `in ${this.discriminator.column.name}, and ${this.#root.name} and its subclasses have ${known}. ` +
        "Map a subclass with that identity and name it in the base's static get subclasses(), or mend the row.",
    );
  }
}

/** A discriminator's value, for messages. */
export function shownIdentity(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The condition that a row is of a class or a subclass of it. */
export function rowsOfClass(mapper: EntityMapper, discriminator: ColumnProperty, source: FromNode): ExpressionNode {
  const left: ColumnNode = columnThrough(discriminator.column, source);
  const identities = mapper.family.map(({ identity }) => identity).filter((identity) => identity !== undefined);
  const [only] = identities;
  const isOne = identities.length === 1;
  const right = isOne ? literalNode(only, left.type) : literalNode(identities, left.type, { expanding: true });
  return { kind: "binary", operator: isOne ? "eq" : "in", left, right, type: booleanType, escape: null };
}

/** What to throw for a subclass with a table of its own. */
export function refuseJoined(name: string): ArgumentError {
  return new ArgumentError(
    `A subclass of ${name} was given a table of its own, and joined-table inheritance is not supported: all classes of a ` +
      `hierarchy share the table of the topmost. Leave the table out: ${name}.mapped({ … }, { polymorphicIdentity: … }).`,
  );
}

/** Which classes a class names as its subclasses: `static get subclasses() { return [Manager, Engineer]; }`. */
export function namedSubclasses(entityClass: object | undefined, name: string): readonly unknown[] {
  if (entityClass === undefined || !Object.hasOwn(entityClass, "subclasses")) return [];
  const named = (entityClass as { readonly subclasses: unknown }).subclasses;
  if (Array.isArray(named)) return named as readonly unknown[];
  throw new ArgumentError(
    `${name}.subclasses is not a list of classes: static get subclasses() { return [Manager, Engineer]; }.`,
  );
}
