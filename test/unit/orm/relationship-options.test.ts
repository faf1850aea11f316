import { describe, expect, test } from "vitest";
import { ArgumentError } from "../../../src/errors/index.ts";
import { declarativeBase, many, maybe, type RelationshipOptions } from "../../../src/orm/index.ts";
import { integer, Table } from "../../../src/schema/index.ts";
import type { RelationshipProperty } from "../../../src/orm/mapping/entity-mapper.ts";

interface Found {
  readonly children: RelationshipProperty;
  readonly parent: RelationshipProperty;
  readonly friends: RelationshipProperty;
}

/** The relationships of two classes, one of which has the options given. */
function resolve(which: keyof Found, options: object): Found {
  const Base = declarativeBase();
  const given = (key: keyof Found, others: RelationshipOptions = {}): RelationshipOptions =>
    key === which ? { ...others, ...options } : others;
  class Parent extends Base.mapped("parent", {
    id: integer().primaryKey(),
    get children() {
      return many(Child, given("children"));
    },
    get friends() {
      return many(Child, given("friends", { secondary: friendship }));
    },
  }) {}
  class Child extends Base.mapped("child", {
    id: integer().primaryKey(),
    get parentId() {
      return integer().nullable().references(Parent.c.id);
    },
    get parent() {
      return maybe(Parent, given("parent"));
    },
  }) {}
  const friendship = new Table("friendship", Base.metadata, {
    parent_id: integer().primaryKey().references("parent.id"),
    child_id: integer().primaryKey().references("child.id"),
  });
  return {
    children: Parent.c.children.property,
    parent: Child.c.parent.property,
    friends: Parent.c.friends.property,
  };
}

const cascadeOf = (options: object): readonly string[] => [...resolve("children", options).children.cascade];

describe("cascade", () => {
  // B11: all = save-update, merge, delete, refresh-expire, expunge, not delete-orphan
  test.each([
    [{}, ["save-update", "merge"]],
    [{ cascade: "all" }, ["save-update", "merge", "delete", "refresh-expire", "expunge"]],
    [
      { cascade: "all, delete-orphan" },
      ["save-update", "merge", "delete", "refresh-expire", "expunge", "delete-orphan"],
    ],
    [{ cascade: "none" }, []],
    [{ cascade: "" }, []],
    [{ cascade: " save-update ,expunge" }, ["save-update", "expunge"]],
    [{ viewonly: true }, []],
    [{ viewonly: true, cascade: "expunge, refresh-expire" }, ["expunge", "refresh-expire"]],
  ])("of %j are %j", (options, expected) => {
    expect(cascadeOf(options)).toEqual(expected);
  });

  test("delete-orphan without delete is warned of", async () => {
    const warned = new Promise<Error & { code?: string }>((resolveWarning) => {
      process.once("warning", resolveWarning);
    });
    resolve("children", { cascade: "save-update, delete-orphan" });
    expect(await warned).toMatchObject({ name: "AthanorWarning", code: "orph", message: /Parent\.children/u });
  });

  test.each(["parent", "friends"] as const)("delete-orphan of %s needs singleParent", (which) => {
    expect(() => resolve(which, { cascade: "all, delete-orphan" })).toThrow(
      expect.objectContaining({ code: "bbf0", message: expect.stringMatching(/singleParent: true/u) }),
    );
    expect(resolve(which, { cascade: "all, delete-orphan", singleParent: true })[which].singleParent).toBe(true);
  });
});

describe("refused, naming the offender", () => {
  test.each([
    [{ cascade: "save-update, kill" }, /Parent\.children: "kill" is no cascade/u],
    [{ cascade: true }, /Parent\.children: cascade takes a string, not a value of type boolean/u],
    [{ postUpdates: true }, /Parent\.children: a relationship has no option "postUpdates"/u],
    [{ toString: true }, /no option "toString"/u],
    [{ postUpdate: "yes" }, /Parent\.children: postUpdate takes true or false/u],
    [{ passiveDeletes: "some" }, /passiveDeletes takes true, false, "all"/u],
    [{ passiveUpdates: 0 }, /passiveUpdates takes true or false/u],
    [{ singleParent: "x" }, /singleParent takes/u],
    [{ viewonly: 1 }, /viewonly takes/u],
    [
      { lazy: "eager" },
      /lazy takes "select", "selectin", "joined", "subquery", "immediate", "raise", "raiseOnSql", "noload"/u,
    ],
    [{ passiveDeletes: "all", cascade: "all" }, /passiveDeletes "all".*contradicts/u],
    [{ viewonly: true, cascade: "save-update" }, /viewonly.*"save-update"/u],
    [{ viewonly: true, cascade: "merge" }, /viewonly.*"merge"/u],
    [{ viewonly: true, cascade: "all" }, /viewonly/u],
    [{ viewonly: true, passiveDeletes: true }, /viewonly.*passiveDeletes/u],
    [{ viewonly: true, postUpdate: true }, /viewonly.*postUpdate/u],
  ])("%j is refused", (options, message) => {
    expect(() => resolve("children", options)).toThrow(ArgumentError);
    expect(() => resolve("children", options)).toThrow(message);
  });
});

test("options that are undefined count as not given", () => {
  expect(resolve("children", { cascade: undefined, lazy: undefined, viewonly: undefined }).children).toMatchObject({
    lazy: "select",
    passiveDeletes: false,
    passiveUpdates: true,
    postUpdate: false,
    singleParent: false,
    viewonly: false,
  });
});
