import { declarativeBase, many, maybe, one } from "../../src/orm/index.ts";
import {
  bytes,
  CheckConstraint,
  ForeignKeyConstraint,
  integer,
  json,
  string,
  Table,
  timestamp,
} from "../../src/schema/index.ts";

import { text } from "../../src/sql/index.ts";

export const Base = declarativeBase();

/** Has a key of the program's own, which other rows follow when it changes. */
export class Owner extends Base.mapped(
  "m_owner",
  {
    code: string(20).primaryKey(),
    label: string(50).nullable(),
    level: integer().default(0),
    rank: integer().serverDefault(7),
    get items() {
      return many(Item, { backPopulates: "owner" });
    },
    get parts() {
      return many(Part, { backPopulates: "owner", cascade: "all, delete-orphan" });
    },
    get card() {
      return maybe(Card, { backPopulates: "owner", cascade: "all" });
    },
  },
  { items: [new CheckConstraint(text("level >= 0"), { name: "m_owner_level" })] },
) {}

/** Its collection is the default kind: members stay when they are taken out. */
export class Item extends Base.mapped("m_item", {
  id: integer().primaryKey(),
  title: string(50),
  serial: string(20).unique().nullable(),
  data: json<unknown>().nullable(),
  at: timestamp().nullable(),
  blob: bytes().nullable(),
  get ownerCode() {
    return string(20).nullable().references(Owner.c.code, { onUpdate: "cascade" });
  },
  get owner() {
    return maybe(Owner, { backPopulates: "items" });
  },
  get tags() {
    return many(Tag, { backPopulates: "items", secondary: itemTag });
  },
}) {}

export class Tag extends Base.mapped("m_tag", {
  id: integer().primaryKey(),
  name: string(50),
  get items() {
    return many(Item, { backPopulates: "tags", secondary: itemTag });
  },
}) {}

export const itemTag = new Table("m_item_tag", Base.metadata, {
  item_id: integer().primaryKey().references("m_item.id"),
  tag_id: integer().primaryKey().references("m_tag.id"),
});

/** Is part of an owner and cannot be without one. */
export class Part extends Base.mapped("m_part", {
  id: integer().primaryKey(),
  name: string(50),
  get ownerCode() {
    return string(20).references(Owner.c.code, { onUpdate: "cascade" });
  },
  get owner() {
    return one(Owner, { backPopulates: "parts" });
  },
}) {}

/** An owner has one at most. */
export class Card extends Base.mapped("m_card", {
  id: integer().primaryKey(),
  text: string(50).nullable(),
  get ownerCode() {
    return string(20).nullable().references(Owner.c.code, { onUpdate: "cascade" });
  },
  get owner() {
    return maybe(Owner, { backPopulates: "card" });
  },
}) {}

/** A tree in one table. */
export class Node extends Base.mapped("m_node", {
  id: integer().primaryKey(),
  name: string(50),
  get parentId() {
    return integer().nullable().references(Node.c.id);
  },
  get parent() {
    return maybe(Node, { backPopulates: "children" });
  },
  get children() {
    return many(Node, { backPopulates: "parent", cascade: "all" });
  },
}) {}

/** Has a key of two columns. */
export class Cell extends Base.mapped("m_cell", {
  sheet: string(10).primaryKey(),
  place: integer().primaryKey().autoincrement(false),
  value: string(50).nullable(),
  get pins() {
    return many(Pin, { backPopulates: "cell" });
  },
}) {}

export class Pin extends Base.mapped(
  "m_pin",
  {
    id: integer().primaryKey(),
    name: string(50),
    sheet: string(10).nullable(),
    place: integer().nullable(),
    get cell() {
      return maybe(Cell, { backPopulates: "pins" });
    },
  },
  {
    items: [new ForeignKeyConstraint(["sheet", "place"], ["m_cell.sheet", "m_cell.place"], { onUpdate: "cascade" })],
  },
) {}
