import { Base, Card, Cell, Item, Node, Owner, Part, Pin, Tag } from "./classes.ts";

/** What the oracle knows of the classes, written down by hand: it must not learn from the library. */

export type ClassName = "Owner" | "Item" | "Tag" | "Part" | "Card" | "Node" | "Cell" | "Pin";
export type Kind = "text" | "name" | "serial" | "key" | "place" | "level" | "rank" | "json" | "date" | "bytes";

export interface Reference {
  readonly target: ClassName;
  /** Columns of this class, and the columns of the target that they repeat. */
  readonly columns: Readonly<Record<string, string>>;
  /** The attribute of the target that shows the other side. */
  readonly back: string;
  /** One object at most refers to a target. */
  readonly isSingle: boolean;
  readonly isRequired: boolean;
  /** Deleting the target deletes what refers to it; otherwise the reference is cleared. */
  readonly deletes: boolean;
  /** Without a target the object is deleted. */
  readonly isOrphanDeleted: boolean;
}

export interface Shape {
  readonly entity: (new (init?: object) => object) & { readonly c: Readonly<Record<string, never>> };
  readonly table: string;
  readonly key: readonly string[];
  /** The database counts the key up. */
  readonly isKeyGenerated: boolean;
  readonly columns: Readonly<Record<string, Kind>>;
  readonly references: Readonly<Record<string, Reference>>;
  /** Many-to-many, by attribute. */
  readonly links: Readonly<Record<string, { readonly target: ClassName; readonly back: string }>>;
}

const plain = { isSingle: false, isRequired: false, deletes: false, isOrphanDeleted: false };
const generated = { key: ["id"], isKeyGenerated: true, references: {}, links: {} };
const given = { isKeyGenerated: false, references: {}, links: {} };
type Entity = Shape["entity"];

export const shapes: Readonly<Record<ClassName, Shape>> = {
  Owner: {
    ...given,
    entity: Owner as unknown as Entity,
    table: "m_owner",
    key: ["code"],
    columns: { code: "key", label: "text", level: "level", rank: "rank" },
  },
  Item: {
    ...generated,
    entity: Item as unknown as Entity,
    table: "m_item",
    columns: { title: "name", serial: "serial", data: "json", at: "date", blob: "bytes" },
    references: { owner: { ...plain, target: "Owner", columns: { ownerCode: "code" }, back: "items" } },
    links: { tags: { target: "Tag", back: "items" } },
  },
  Tag: {
    ...generated,
    entity: Tag as unknown as Entity,
    table: "m_tag",
    columns: { name: "name" },
    links: { items: { target: "Item", back: "tags" } },
  },
  Part: {
    ...generated,
    entity: Part as unknown as Entity,
    table: "m_part",
    columns: { name: "name" },
    references: {
      owner: {
        target: "Owner",
        columns: { ownerCode: "code" },
        back: "parts",
        isSingle: false,
        isRequired: true,
        deletes: true,
        isOrphanDeleted: true,
      },
    },
  },
  Card: {
    ...generated,
    entity: Card as unknown as Entity,
    table: "m_card",
    columns: { text: "text" },
    references: {
      owner: { ...plain, target: "Owner", columns: { ownerCode: "code" }, back: "card", isSingle: true, deletes: true },
    },
  },
  Node: {
    ...generated,
    entity: Node as unknown as Entity,
    table: "m_node",
    columns: { name: "name" },
    references: {
      parent: { ...plain, target: "Node", columns: { parentId: "id" }, back: "children", deletes: true },
    },
  },
  Cell: {
    ...given,
    entity: Cell as unknown as Entity,
    table: "m_cell",
    key: ["sheet", "place"],
    columns: { sheet: "key", place: "place", value: "text" },
  },
  Pin: {
    ...generated,
    entity: Pin as unknown as Entity,
    table: "m_pin",
    columns: { name: "name" },
    references: {
      cell: { ...plain, target: "Cell", columns: { sheet: "sheet", place: "place" }, back: "pins" },
    },
  },
};

export const classNames = Object.keys(shapes) as ClassName[];
export const { metadata } = Base;

export interface BackReference {
  readonly holder: ClassName;
  readonly name: string;
  readonly reference: Reference;
}

/** The references that lead to a class: each is a collection (or a single object) of it. */
export function backReferences(cls: ClassName): readonly BackReference[] {
  return classNames.flatMap((holder) =>
    Object.entries(shapes[holder].references)
      .filter(([, reference]) => reference.target === cls)
      .map(([name, reference]) => ({ holder, name, reference })),
  );
}
