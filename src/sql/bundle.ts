import { ArgumentError } from "../errors/index.ts";
import { unknownType } from "../types/index.ts";
import { describeWithin, refusal } from "./describe-value.ts";
import { labelOf, refuseUnknown } from "./from-clause.ts";
import { nodeOf } from "./literal.ts";
import type { BundleNode, ExpressionNode } from "./nodes/index.ts";
import { BUNDLE, hasBundle, hasEntity, isOperand, type HasBundle, type Operand } from "./protocol.ts";
import type { BundleMembers, BundleOf, ElementLabels } from "./typing/row.ts";

/** What a bundle is made of: columns, expressions with a name, and bundles. */
export type BundleItem = Operand | BundleOf;

/** Several columns that a row holds as one object; see `bundle`. */
export class Bundle<N extends string = string, E extends readonly BundleItem[] = readonly BundleItem[]>
  implements HasBundle
{
  declare readonly "~bundled"?: ElementLabels<E>;
  /** The name it has in records. */
  readonly key: N;
  /** What it is made of, by name, for conditions and ORDER BY. */
  readonly c: BundleMembers<E>;
  readonly #node: BundleNode;

  constructor(name: N, items: E) {
    if (typeof name !== "string" || name === "")
      throw new ArgumentError(
        `bundle() takes a name first, not ${describeWithin(name)}: bundle("author", User.c.id, User.c.name).`,
      );
    if (items.length === 0)
      throw new ArgumentError(`bundle(${JSON.stringify(name)}) has no columns. Give at least one after the name.`);
    const nodes = items.map((item) => itemNode(item, name));
    const keys = nodes.map((node, index) => keyOf(node, name, index));
    const again = keys.find((key, index) => keys.indexOf(key) < index);
    if (again !== undefined)
      throw new ArgumentError(
        `bundle(${JSON.stringify(name)}) has two columns called ${again}. Give one of them another name with .as("…").`,
      );
    const members: Record<string, unknown> = Object.create(null);
    keys.forEach((key, index) => (members[key] = items[index]));
    this.key = name;
    this.c = refuseUnknown(members, `bundle(${JSON.stringify(name)})`) as BundleMembers<E>;
    this.#node = { kind: "bundle", name, keys, items: nodes, type: unknownType };
  }

  "~bundle"(): BundleNode {
    return this.#node;
  }
}

function itemNode(item: BundleItem, name: string): ExpressionNode {
  if (!hasEntity(item)) {
    if (isOperand(item)) return nodeOf(item);
    if (hasBundle(item)) return item[BUNDLE]();
  }
  const message = `bundle(${JSON.stringify(name)}) takes columns such as User.c.id, expressions with a name and bundles, not ${describeWithin(item)}.`;
  if (!hasEntity(item)) throw refusal(item, message);
  throw new ArgumentError(
    `${message} What is read of a mapped class is an object already: select it beside the bundle.`,
  );
}

function keyOf(node: ExpressionNode, name: string, index: number): string {
  const key = labelOf(node);
  if (key !== null) return key;
  throw new ArgumentError(
    `bundle(${JSON.stringify(name)}): expression ${index + 1} has no name, so the object has no property for it. Give it one with .as("…").`,
  );
}

/**
 * Several columns as one object of the row: `select(bundle("author", User.c.id, User.c.name))` answers rows of
 * `[{ id, name }]`, records of `{ author: { id, name } }`. Bundles may stand in bundles.
 *
 * @throws ArgumentError for a column without a name, or two of one name.
 */
export function bundle<const N extends string, const E extends readonly BundleItem[]>(
  name: N,
  ...items: E
): Bundle<N, E> {
  return new Bundle(name, items);
}
