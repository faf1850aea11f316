// The mistakes a beginner makes, as JavaScript makes them: without a compiler that would have refused most of them.
// oxlint-disable typescript/no-explicit-any
import { describe, expect, test } from "vitest";
import {
  AsyncSession,
  AthanorError,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  insert,
  integer,
  many,
  MetaData,
  one,
  select,
  selectinload,
  Session,
  sessionmaker,
  string,
  Table,
} from "../../../src/index.ts";

const Base = declarativeBase();

class User extends Base.mapped("mistaken_users", {
  id: integer().primaryKey(),
  name: string(50),
  get posts() {
    return many(Post, { backPopulates: "author" });
  },
}) {}

class Post extends Base.mapped("mistaken_posts", {
  id: integer().primaryKey(),
  title: string(),
  get authorId() {
    return integer().references(User.c.id);
  },
  get author() {
    return one(User, { backPopulates: "posts" });
  },
}) {}

/** As a program without types would see it. */
const untyped = (value: unknown): any => value;

const engine = createEngine("sqlite://");
const asyncEngine = createAsyncEngine("sqlite://");
const session = (): any => new Session(engine);

/** What the body throws, or what its promise is rejected with: `Class code: message`. */
async function mistake(body: () => unknown): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof AthanorError)) throw error;
    return `${error.name} ${error.code}: ${error.message}`;
  }
  return "nothing was thrown";
}

describe("mapping", () => {
  const lead = (field: () => unknown): unknown => {
    const fields = {
      id: integer().primaryKey(),
      get other() {
        return untyped(field());
      },
    };
    class Leading extends declarativeBase().mapped("leading", fields) {}
    return new Leading({ other: [] });
  };

  test("a relationship to a class that is not defined yet", async () => {
    expect(await mistake(() => many(undefined))).toMatch(/^ArgumentError argu: .*undefined.*Make the field a getter/);
    expect(await mistake(() => integer().references(untyped(undefined)))).toMatch(
      /^ArgumentError argu: .*Make the field a getter/,
    );
  });

  test("a relationship to a class that is not mapped, to a function, to a name", async () => {
    class Plain {
      id = 1;
    }
    expect(await mistake(() => lead(() => many(Plain)))).toBe(
      "UnmappedClassError unmc: Leading.other leads to the class Plain, which is not mapped. Give a mapped class: class Post extends Base.mapped(…) {}.",
    );
    expect(await mistake(() => lead(() => many(() => User)))).toMatch(
      /Give the class itself, and make the field a getter/,
    );
    expect(await mistake(() => lead(() => many("User")))).toMatch(/leads to a string/);
  });

  test("a field that is neither column nor relationship", async () => {
    for (const field of ["string", string, { type: "string" }, User]) {
      expect(await mistake(() => lead(() => field))).toMatch(
        /^ArgumentError argu: Leading\.other is neither a column nor a relationship\. Use a builder such as string\(\), or many\(\)/,
      );
    }
  });

  const pair = (childFields: (parent: any) => object, options: object = {}): unknown => {
    const own = declarativeBase();
    class Parent extends own.mapped("parents", {
      id: integer().primaryKey(),
      get children() {
        return many(Child as never, options);
      },
    }) {}
    const fields = { id: integer().primaryKey() };
    Object.defineProperties(fields, Object.getOwnPropertyDescriptors(childFields(Parent)));
    class Child extends own.mapped("children", fields) {}
    return new Parent({ children: [new Child({})] as never });
  };
  const key = (parent: any) =>
    integer()
      .nullable()
      .references(() => parent.c.id);

  test("a relationship that is right", () => {
    expect(pair((parent) => ({ parentId: key(parent) }))).toHaveProperty("children.length", 1);
  });

  test("backPopulates misspelt", async () => {
    const fields = (parent: any) => ({
      parentId: key(parent),
      get parent() {
        return one(parent, { backPopulates: "children" });
      },
    });
    expect(await mistake(() => pair(fields, { backPopulates: "parnet" }))).toBe(
      'ArgumentError argu: Parent.children: backPopulates names "parnet", but Child has no such relationship. It has: parent.',
    );
  });

  test("no foreign key", async () => {
    expect(await mistake(() => pair(() => ({})))).toBe(
      "ArgumentError argu: Parent.children: children has no foreign key to parents. Add .references(Parent.c.id) to a column, " +
        "name the association table with { secondary }, or give { primaryJoin }.",
    );
  });

  test("two foreign keys", async () => {
    expect(await mistake(() => pair((parent) => ({ oneId: key(parent), otherId: key(parent) })))).toMatch(
      /^ArgumentError argu: Parent\.children: there are several foreign keys.*Say which: \{ foreignKeys: Child\.c/,
    );
  });

  test("an association table that is a name, or leads nowhere", async () => {
    const named = await mistake(() => pair(() => ({}), { secondary: "parent_children" }));
    expect(named).toMatch(/^ArgumentError argu: Parent\.children: secondary must be a Table or a mapped class/);
    const links = new Table("links", new MetaData(), { id: integer() });
    const unlinked = await mistake(() => pair(() => ({}), { secondary: links }));
    expect(unlinked).toMatch(/the association table links has no foreign key to parents/);
  });

  test("a cascade misspelt", async () => {
    const fields = (parent: any) => ({ parentId: key(parent) });
    expect(await mistake(() => pair(fields, { cascade: "all, delete-orphans" }))).toMatch(
      /^ArgumentError argu: .*delete-orphans/,
    );
  });

  test("a reference to a class, or to a table that is not there", async () => {
    const own = declarativeBase();
    class Holder extends own.mapped("holders", { id: integer().primaryKey(), userId: integer().references(User) }) {}
    expect(await mistake(() => Holder.table.foreignKeys)).toMatch(
      /^NoReferenceError nref: holders\.user_id references the class User, which is no column\. Give a column such as User\.c\.id/,
    );
    class Lost extends own.mapped("lost", { id: integer().primaryKey(), userId: integer().references("users.id") }) {}
    expect(await mistake(() => Lost.table.foreignKeys)).toMatch(
      /^NoReferenceError nref: lost\.user_id references "users\.id", but there is no table "users"\. Import the module/,
    );
  });

  test("two classes over one mapping", async () => {
    const Mapping = declarativeBase().mapped("twice", { id: integer().primaryKey() });
    class First extends Mapping {}
    class Second extends Mapping {}
    expect(First.c.id.name).toBe("id");
    expect(await mistake(() => Second.c)).toMatch(/Call Base\.mapped\(\) once for each class/);
  });

  test("a table without fields, or with a name that is taken", async () => {
    expect(await mistake(() => untyped(Base).mapped("empty"))).toMatch(/mapped\(\) takes a table name and the fields/);
    const own = declarativeBase();
    class First extends own.mapped("taken", { id: integer().primaryKey() }) {}
    class Again extends own.mapped("taken", { id: integer().primaryKey() }) {}
    expect(First.table.name).toBe("taken");
    expect(await mistake(() => Again.c)).toMatch(/already has a table "taken"/);
  });
});

describe("objects", () => {
  test("an unknown attribute", async () => {
    expect(await mistake(() => new User(untyped({ nmae: "Alice" })))).toBe(
      'ArgumentError argu: User has no attribute "nmae". It has: id, name, posts.',
    );
    expect(await mistake(() => new User(untyped("Alice")))).toMatch(/takes an object of values: new User\(\{ … \}\)/);
    expect(await mistake(() => untyped(User).c.nmae)).toBe(
      'NoSuchColumnError nscl: User has no column "nmae". It has: id, name, posts.',
    );
  });

  test("a wrong object in a relationship", async () => {
    const post = new Post({ title: "On furnaces" });
    expect(await mistake(() => Object.assign(post, { author: post }))).toMatch(
      /Post\.author holds objects of User, not a Post/,
    );
    expect(await mistake(() => new User(untyped({ name: "x", posts: post })))).toMatch(
      /is a collection: assign an array/,
    );
    expect(await mistake(() => new User(untyped({ name: "x", posts: [{ title: "x" }] })))).toMatch(
      /not a plain object/,
    );
  });

  test("a value that the column cannot hold", async () => {
    const own = session();
    await Base.metadata.createAll(engine);
    own.add(new User(untyped({ name: 5 })));
    expect(await mistake(() => own.flush())).toMatch(
      /^ArgumentError argu: string\(\) cannot take a number\. Pass a string/,
    );
    own.close();
  });
});

describe("queries", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a string selected", () => select(untyped("id")), /^UnknownEntity unen: A string cannot be selected.*User\.c\.id/],
    ["c forgotten", () => select(untyped(User).id), /^UnknownEntity unen: undefined cannot be selected.*User\.c\.id/],
    ["text as a condition", () => select(User).where(untyped("1=1")), /where\(\) takes .*not a string.*text\("…"\)/],
    ["a boolean as a condition", () => select(User).where(untyped(false)), /where\(\) takes .*type boolean/],
    ["undefined compared", () => User.c.id.eq(untyped(undefined)), /undefined was given.*Pass null/],
    [
      "in() with one value",
      () => User.c.id.in(untyped(3)),
      /in\(\) takes a list of values or a query, not a value of type number/,
    ],
    ["in() with undefined", () => User.c.id.in([untyped(undefined)]), /holds undefined/],
    ["a join to a name", () => select(User).join(untyped("posts")), /A string cannot be joined.*User\.c\.posts/],
    ["a join to a column", () => select(User).join(untyped(User.c.id)), /cannot be joined.*User\.c\.posts/],
    [
      "an order with a direction",
      () => select(User.c.name).orderBy(untyped("name desc")),
      /no column or label of that name/,
    ],
    ["a column loaded", () => selectinload(untyped(User.c.name)), /takes a relationship such as User\.c\.posts/],
    ["a name as option", () => select(User).options(untyped("posts")), /loader options such as selectinload/],
    [
      "an unknown column set",
      () => insert(User).values(untyped({ nmae: 1 })),
      /User has no column "nmae"\. It has: id, name/,
    ],
    [
      "an insert into a name",
      () => insert(untyped("users")),
      /insert\(\) takes a table or a mapped class, not a string/,
    ],
  ])("%s", async (_what, body, message) => {
    expect(await mistake(body)).toMatch(message);
  });
});

describe("sessions", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["a plain object added", () => session().add({ name: "x" }), /^UnmappedInstanceError unmi: .*new User\(/],
    ["nothing added", () => session().add(undefined), /^UnmappedInstanceError unmi: undefined is no object/],
    ["a list added", () => session().add([new User({ name: "x" })]), /addAll\(\) takes a list/],
    ["a promise added", () => session().add(Promise.resolve()), /Await it first/],
    ["the class added", () => session().add(User), /^UnmappedInstanceError unmi: The class User/],
    ["one object to addAll", () => session().addAll(new User({ name: "x" })), /For one use add\(\)/],
    [
      "a key by another name",
      () => session().get(User, { key: 1 }),
      /^InvalidRequestError ivrq: The primary key of User is id, and .+ does not name it: get\(User, id\)\.$/,
    ],
    ["a key of too many values", () => session().get(User, [1, 2]), /primary key of User is id/],
    ["no key", () => session().get(User), /primary key of User is id/],
    ["a class executed", () => session().execute(User), /The class User is no statement: select\(User\)/],
    ["a promise executed", () => session().execute(Promise.resolve()), /^ArgumentError argu: .*Await it first/],
    [
      "an unknown option",
      () => new Session(engine, untyped({ auto_flush: true })),
      /no option "auto_flush"\. Did you mean autoflush\?/,
    ],
    [
      "no engine",
      () => new Session(untyped(undefined)),
      /takes an engine or a connection, not undefined: new Session\(engine\)/,
    ],
    ["a URL for an engine", () => new Session(untyped("sqlite://")), /not a string: new Session\(engine\)/],
    ["an async engine", () => new Session(untyped(asyncEngine)), /async engine.*createEngine\(\), or use AsyncSession/],
    ["a factory with an async engine", () => sessionmaker(untyped(asyncEngine))(), /async engine.*createEngine\(\)/],
    ["a sync engine", () => new AsyncSession(untyped(engine)), /sync engine.*createAsyncEngine\(\), or use Session/],
    ["an async callback", () => session().begin(async () => 1), /^AwaitRequired xd1r: .*async API/],
    [
      "tables for a name",
      () => Base.metadata.createAll(untyped("app.db")),
      /createAll\(\) takes an engine or a connection/,
    ],
  ])("%s", async (_what, body, message) => {
    expect(await mistake(body)).toMatch(message);
  });

  test("no row where one is required", async () => {
    Base.metadata.createAll(engine);
    const own = session();
    expect(await mistake(() => own.getOne(User, 99))).toMatch(
      /^NoResultFound nrow: .*no User of this key\. get\(\) answers null/,
    );
    own.close();
  });

  test("an await forgotten before a relationship", async () => {
    const shared = createAsyncEngine("sqlite://");
    await Base.metadata.createAll(shared);
    const own = new AsyncSession(shared);
    own.add(new User({ name: "Alice", posts: [new Post({ title: "On furnaces" })] }));
    await own.commit();
    own.expungeAll();
    const user = untyped(await own.scalar(select(User)));
    expect(await mistake(() => user.posts)).toMatch(
      /^NotLoadedError xd2s: User\.posts is not loaded.*await awaitableAttrs\(.*\)\.posts.*selectinload\(User\.c\.posts\)/,
    );
    await own.close();
    expect(await mistake(() => user.posts)).toMatch(
      /^DetachedInstanceError bhk3: User\.posts is not loaded.*selectinload\(User\.c\.posts\)/,
    );
  });
});
