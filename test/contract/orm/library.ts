import { declarativeBase, many, maybe, one } from "../../../src/orm/index.ts";
import { ForeignKeyConstraint, integer, string, Table } from "../../../src/schema/index.ts";

export const Base = declarativeBase();

/** Has books (no cascade beyond save-update), a profile of its own, and letters that are part of it. */
export class Author extends Base.mapped("author", {
  id: integer().primaryKey(),
  name: string(50),
  born: integer().nullable(),
  get books() {
    return many(Book, { backPopulates: "author", orderBy: Book.c.id });
  },
  get letters() {
    return many(Letter, { backPopulates: "author", cascade: "all, delete-orphan", orderBy: Letter.c.id });
  },
  get profile() {
    return maybe(Profile, { backPopulates: "author", cascade: "all" });
  },
}) {}

export class Book extends Base.mapped("book", {
  id: integer().primaryKey(),
  title: string(100).nullable(),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return maybe(Author, { backPopulates: "books" });
  },
  get tags() {
    return many(Tag, { backPopulates: "books", secondary: bookTag, orderBy: Tag.c.id });
  },
}) {}

export class Tag extends Base.mapped("tag", {
  id: integer().primaryKey(),
  name: string(50),
  get books() {
    return many(Book, { backPopulates: "tags", secondary: bookTag, orderBy: Book.c.id });
  },
}) {}

export const bookTag = new Table("book_tag", Base.metadata, {
  book_id: integer().primaryKey().references("book.id"),
  tag_id: integer().primaryKey().references("tag.id"),
});

export class Letter extends Base.mapped("letter", {
  id: integer().primaryKey(),
  text: string(100).nullable(),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return maybe(Author, { backPopulates: "letters" });
  },
}) {}

export class Profile extends Base.mapped("profile", {
  id: integer().primaryKey(),
  motto: string(100).nullable(),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return maybe(Author, { backPopulates: "profile" });
  },
}) {}

/** A tree in one table. */
export class Node extends Base.mapped("node", {
  id: integer().primaryKey(),
  name: string(50),
  get parentId() {
    return integer().nullable().references(Node.c.id);
  },
  get parent() {
    return maybe(Node, { backPopulates: "children" });
  },
  get children() {
    return many(Node, { backPopulates: "parent", cascade: "all", orderBy: Node.c.id });
  },
}) {}

/** A key of two columns, and another class that refers to it. */
export class Shelf extends Base.mapped("shelf", {
  building: string(10).primaryKey(),
  number: integer().primaryKey().autoincrement(false),
  label: string(50).nullable(),
  get copies() {
    return many(Copy, { backPopulates: "shelf", orderBy: Copy.c.id });
  },
}) {}

export class Copy extends Base.mapped(
  "copy",
  {
    id: integer().primaryKey(),
    building: string(10).nullable(),
    shelfNumber: integer().nullable(),
    get shelf() {
      return maybe(Shelf, { backPopulates: "copies" });
    },
  },
  { items: [new ForeignKeyConstraint(["building", "shelfNumber"], ["shelf.building", "shelf.number"])] },
) {}

/** Refer to each other. */
export class Team extends Base.mapped("team", {
  id: integer().primaryKey(),
  name: string(50),
  get captainId() {
    return integer().nullable().references("player.id");
  },
  get captain() {
    return maybe(Player, { foreignKeys: Team.c.captainId });
  },
  get players() {
    return many(Player, { backPopulates: "team", foreignKeys: Player.c.teamId });
  },
}) {}

export class Player extends Base.mapped("player", {
  id: integer().primaryKey(),
  name: string(50),
  get teamId() {
    return integer().nullable().references(Team.c.id);
  },
  get team() {
    return maybe(Team, { backPopulates: "players", foreignKeys: Player.c.teamId });
  },
}) {}

/** A row between two others with a value of its own; its key is made of theirs. */
export class Membership extends Base.mapped("membership", {
  get authorId() {
    return integer().primaryKey().autoincrement(false).references(Author.c.id);
  },
  get clubId() {
    return integer().primaryKey().autoincrement(false).references(Club.c.id);
  },
  since: integer(),
  get author() {
    return one(Author);
  },
  get club() {
    return one(Club, { backPopulates: "memberships" });
  },
}) {}

export class Club extends Base.mapped("club", {
  id: integer().primaryKey(),
  name: string(50),
  get memberships() {
    return many(Membership, { backPopulates: "club", cascade: "all, delete-orphan" });
  },
}) {}

/** Collections without another side, and one whose members are not saved along. */
export class Box extends Base.mapped("box", {
  id: integer().primaryKey(),
  name: string(50),
  get things() {
    return many(Thing, { cascade: "all, delete-orphan", foreignKeys: Thing.c.boxId, orderBy: Thing.c.id });
  },
  get guests() {
    return many(Thing, { cascade: "none", foreignKeys: Thing.c.guestOf });
  },
}) {}

export class Thing extends Base.mapped("thing", {
  id: integer().primaryKey(),
  name: string(50),
  get boxId() {
    return integer().nullable().references(Box.c.id);
  },
  get guestOf() {
    return integer().nullable().references(Box.c.id);
  },
}) {}
