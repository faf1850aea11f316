import { declarativeBase, many, maybe, one } from "../../../src/orm/index.ts";
import { integer, string, Table, UniqueConstraint } from "../../../src/schema/index.ts";
import { and } from "../../../src/sql/index.ts";

/** Classes for the options of relationships. */
export const Base = declarativeBase();

/** Has members, and one of them leads it: rows that refer to each other. */
export class Band extends Base.mapped("band", {
  id: integer().primaryKey(),
  name: string(50),
  get leaderId() {
    return integer().nullable().references("member.id");
  },
  get leader() {
    return maybe(Member, { foreignKeys: Band.c.leaderId, postUpdate: true });
  },
  get members() {
    return many(Member, {
      backPopulates: "band",
      foreignKeys: Member.c.bandId,
      cascade: "all, delete-orphan",
      orderBy: Member.c.id,
    });
  },
}) {}

export class Member extends Base.mapped("member", {
  id: integer().primaryKey(),
  name: string(50),
  get bandId() {
    return integer().references("band.id");
  },
  get band() {
    return one(Band, { backPopulates: "members", foreignKeys: Member.c.bandId });
  },
}) {}

/** Refer to each other, and nobody has said in which order to write them. */
export class Left extends Base.mapped("left_side", {
  id: integer().primaryKey().autoincrement(false),
  get rightId() {
    return integer().nullable().references("right_side.id");
  },
  get right() {
    return maybe(Right, { foreignKeys: Left.c.rightId });
  },
}) {}

export class Right extends Base.mapped("right_side", {
  id: integer().primaryKey().autoincrement(false),
  get leftId() {
    return integer().nullable().references("left_side.id");
  },
  get left() {
    return maybe(Left, { foreignKeys: Right.c.leftId });
  },
}) {}

/** What becomes of its rows when an owner is deleted: the database deletes pets, and clears the keys of toys. */
export class Owner extends Base.mapped("owner", {
  id: integer().primaryKey(),
  name: string(50),
  get pets() {
    return many(Pet, {
      backPopulates: "owner",
      cascade: "all, delete-orphan",
      passiveDeletes: true,
      orderBy: Pet.c.id,
    });
  },
  get toys() {
    return many(Toy, { passiveDeletes: "all", orderBy: Toy.c.id });
  },
}) {}

export class Pet extends Base.mapped("pet", {
  id: integer().primaryKey(),
  name: string(50),
  get ownerId() {
    return integer().nullable().references("owner.id", { onDelete: "cascade" });
  },
  get owner() {
    return maybe(Owner, { backPopulates: "pets" });
  },
}) {}

export class Toy extends Base.mapped("toy", {
  id: integer().primaryKey(),
  name: string(50),
  get ownerId() {
    return integer().nullable().references("owner.id", { onDelete: "set null" });
  },
}) {}

/** A natural key that the database hands on. */
export class Land extends Base.mapped("land", {
  code: string(10).primaryKey(),
  name: string(20).nullable(),
  get towns() {
    return many(Town, { backPopulates: "land", orderBy: Town.c.name });
  },
}) {}

export class Town extends Base.mapped("town", {
  name: string(20).primaryKey(),
  get landCode() {
    return string(10).primaryKey().references("land.code", { onUpdate: "cascade" });
  },
  get land() {
    return one(Land, { backPopulates: "towns" });
  },
}) {}

/** Knows its land, which does not know it. */
export class Flag extends Base.mapped("flag", {
  id: integer().primaryKey(),
  get landCode() {
    return string(10).nullable().references("land.code", { onUpdate: "cascade" });
  },
  get land() {
    return maybe(Land);
  },
}) {}

/** A natural key of which the database knows nothing. */
export class Sort extends Base.mapped("sort", {
  code: string(10).primaryKey(),
  get items() {
    return many(Item, {
      backPopulates: "sort",
      primaryJoin: Item.c.sortCode.eq(Sort.c.code),
      foreignKeys: Item.c.sortCode,
      passiveUpdates: false,
      orderBy: Item.c.id,
    });
  },
  get marks() {
    return many(Mark, {
      secondary: sortMark,
      primaryJoin: Sort.c.code.eq(sortMark.c.sort_code),
      secondaryJoin: Mark.c.id.eq(sortMark.c.mark_id),
      passiveUpdates: false,
    });
  },
}) {}

export class Item extends Base.mapped("item", {
  id: integer().primaryKey(),
  sortCode: string(10).nullable(),
  get sort() {
    return maybe(Sort, {
      backPopulates: "items",
      primaryJoin: Item.c.sortCode.eq(Sort.c.code),
      foreignKeys: Item.c.sortCode,
    });
  },
}) {}

export class Mark extends Base.mapped("mark", { id: integer().primaryKey(), text: string(20) }) {}

export const sortMark = new Table("sort_mark", Base.metadata, {
  sort_code: string(10).primaryKey(),
  mark_id: integer().primaryKey().autoincrement(false),
});

/** Values that only one row may have. */
export class Account extends Base.mapped(
  "account",
  {
    id: integer().primaryKey(),
    email: string(50).nullable().unique(),
    realm: string(10).nullable(),
    nick: string(10).nullable(),
    get letters() {
      return many(Note, { backPopulates: "account", orderBy: Note.c.id });
    },
    get groups() {
      return many(Group, { backPopulates: "accounts", secondary: accountGroup });
    },
  },
  { items: [new UniqueConstraint(["realm", "nick"], { name: "uq_account_nick" })] },
) {}

export class Note extends Base.mapped("note", {
  id: integer().primaryKey(),
  get accountId() {
    return integer().nullable().references("account.id");
  },
  get account() {
    return maybe(Account, { backPopulates: "letters" });
  },
}) {}

export class Group extends Base.mapped("account_set", {
  id: integer().primaryKey(),
  get accounts() {
    return many(Account, { backPopulates: "groups", secondary: accountGroup });
  },
}) {}

export const accountGroup = new Table("account_group", Base.metadata, {
  account_id: integer().primaryKey().autoincrement(false).references("account.id"),
  group_id: integer().primaryKey().autoincrement(false).references("account_set.id"),
});

/** Places of a list: a child's unique value is made of its parent's key too. */
export class List extends Base.mapped("list", {
  id: integer().primaryKey(),
  get places() {
    return many(Place, { cascade: "all, delete-orphan", orderBy: Place.c.position });
  },
}) {}

export class Place extends Base.mapped(
  "place",
  {
    id: integer().primaryKey(),
    position: integer(),
    text: string(20),
    get listId() {
      return integer().references("list.id");
    },
  },
  {
    items: [new UniqueConstraint(["listId", "position"])],
  },
) {}

/** Owns what it refers to, alone. */
export class House extends Base.mapped("house", {
  id: integer().primaryKey(),
  get lockId() {
    return integer().nullable().references("door_lock.id");
  },
  get lock() {
    return maybe(Lock, { cascade: "all, delete-orphan", singleParent: true });
  },
  get papers() {
    return many(Paper, {
      secondary: housePaper,
      cascade: "all, delete-orphan",
      singleParent: true,
      orderBy: Paper.c.id,
    });
  },
}) {}

export class Lock extends Base.mapped("door_lock", { id: integer().primaryKey(), name: string(20) }) {}

export class Paper extends Base.mapped("paper", { id: integer().primaryKey(), name: string(20) }) {}

export const housePaper = new Table("house_paper", Base.metadata, {
  house_id: integer().primaryKey().autoincrement(false).references("house.id"),
  paper_id: integer().primaryKey().autoincrement(false).references("paper.id"),
});

/** Part of two things at once. */
export class Car extends Base.mapped("car", {
  id: integer().primaryKey(),
  get parts() {
    return many(Part, { backPopulates: "car", cascade: "all, delete-orphan", orderBy: Part.c.id });
  },
}) {}

export class Shop extends Base.mapped("shop", {
  id: integer().primaryKey(),
  get parts() {
    return many(Part, { backPopulates: "shop", cascade: "all, delete-orphan", orderBy: Part.c.id });
  },
}) {}

export class Part extends Base.mapped("part", {
  id: integer().primaryKey(),
  name: string(20),
  get carId() {
    return integer().nullable().references("car.id");
  },
  get shopId() {
    return integer().nullable().references("shop.id");
  },
  get car() {
    return maybe(Car, { backPopulates: "parts" });
  },
  get shop() {
    return maybe(Shop, { backPopulates: "parts" });
  },
}) {}

/** A chain: each page knows the one before it, and so the one after it. */
export class Page extends Base.mapped("page", {
  id: integer().primaryKey(),
  name: string(20),
  get previousId() {
    return integer().nullable().references("page.id");
  },
  get previous() {
    return maybe(Page, { backPopulates: "next" });
  },
  get next() {
    return maybe(Page, { backPopulates: "previous", remoteSide: Page.c.previousId });
  },
}) {}

/** Reads its open tasks by a relationship of their own. */
export class Project extends Base.mapped("project", {
  id: integer().primaryKey(),
  name: string(20).nullable(),
  get tasks() {
    return many(Task, { backPopulates: "project", orderBy: Task.c.id });
  },
  get openTasks() {
    return many(Task, {
      primaryJoin: and(Task.c.projectId.eq(Project.c.id), Task.c.done.eq(0)),
      viewonly: true,
      orderBy: Task.c.id,
    });
  },
}) {}

export class Task extends Base.mapped("task", {
  id: integer().primaryKey(),
  name: string(20),
  done: integer().default(0),
  get projectId() {
    return integer().nullable().references("project.id");
  },
  get project() {
    return maybe(Project, { backPopulates: "tasks" });
  },
}) {}
