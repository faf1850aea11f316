// GraphQL Yoga, as docs/guides/web-frameworks.md has it: it answers 200 for errors, and they are rolled back.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { awaitableAttrs, declarativeBase, func, integer, one, select, string } from "athanor";
import { createSchema, createYoga, type Plugin } from "graphql-yoga";
import { afterEach, beforeEach, expect, test } from "vitest";
import { afterCommit, commitDbSession, dbSession, rollbackAllSessions } from "../../../src/context.ts";
import { withDbSession } from "../../../src/http.ts";
import { describeTargets } from "../../targets/index.ts";
import { type Orm, useOrm } from "../orm/open-orm.ts";
import { type Application, serve } from "./frameworks/framework.ts";
import { connectTo } from "./notes.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

const Base = declarativeBase();
class Author extends Base.mapped("yoga_authors", { id: integer().primaryKey(), name: string(40) }) {}
class Note extends Base.mapped("yoga_notes", {
  id: integer().primaryKey(),
  text: string(40).unique(),
  get authorId() {
    return integer().nullable().references(Author.c.id);
  },
  get author() {
    return one(Author);
  },
}) {}

const typeDefs = `
  type Author { name: String! }
  type Note { text: String! author: Author }
  type Query { notes: [Note!]! count: Int! }
  type Mutation { add(text: String!): Note! keep(text: String!): Note! fail: Int }
`;

const rollBackOnErrors: Plugin = {
  onExecute: () => ({
    async onExecuteDone({ result }) {
      if ("errors" in result && result.errors !== undefined) await rollbackAllSessions();
    },
  }),
};

describeTargets("GraphQL Yoga", (target) => {
  const orm = useOrm(target, Base);
  let seen: Set<unknown>;
  let told: string[];
  let errors: unknown[];
  let application: Application;

  beforeEach(async () => {
    seen = new Set();
    told = [];
    errors = [];
    const yoga = yogaOver(orm, seen, told);
    const server = createServer(
      withDbSession<IncomingMessage, ServerResponse>(yoga, { onError: (error) => errors.push(error) }),
    );
    application = await serve(server, [], async () => undefined);
  });
  afterEach(async () => {
    await application.close();
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
  });

  const ask = async (query: string): Promise<{ status: number; body: string }> => {
    const headers = { "content-type": "application/json", connection: "close" };
    const init = { method: "POST", headers, body: JSON.stringify({ query }) };
    const response = await fetch(`${application.url}/graphql`, init);
    return { status: response.status, body: await response.text() };
  };
  const answer = async (query: string): Promise<unknown> => JSON.parse((await ask(query)).body) as unknown;
  const texts = () => orm.rows(select(Note.c.text).orderBy(Note.c.text));

  test("all resolvers of an operation have one session, and what they load at the same time is one statement", async () => {
    coloursDiffer("only reads that are waited for go together");
    const names = ["Ada", "Bea"].map((name) => new Author({ name }));
    await orm.save(...names.map((author, index) => new Note({ text: `note ${index}`, author })));
    const data = {
      count: 2,
      notes: [
        { text: "note 0", author: { name: "Ada" } },
        { text: "note 1", author: { name: "Bea" } },
      ],
    };
    expect(await answer("{ count notes { text author { name } } }")).toEqual({ data });
    expect(seen.size).toBe(1);
    const loads = orm.log().filter((sql) => sql.includes("yoga_authors"));
    expect(loads).toHaveLength(target.mode === "async" ? 1 : 2); // a sync session has nothing to wait with
  });

  test("the mutations of an operation are committed together", async () => {
    expect(await answer('mutation { a: add(text: "a") { text } b: add(text: "b") { text } }')).toEqual({
      data: { a: { text: "a" }, b: { text: "b" } },
    });
    expect([seen.size, await texts(), told]).toEqual([1, ["a", "b"], ["a", "b"]]);
  });

  test.each([
    ["a resolver throws", 'mutation { add(text: "a") { text } fail }'],
    ["the database refuses", 'mutation { a: add(text: "a") { text } b: add(text: "a") { text } }'],
  ])("all of them are rolled back when %s, though the answer is a 200", async (_, query) => {
    const { status, body } = await ask(query);
    expect([status, JSON.parse(body)]).toMatchObject([200, { errors: [{ message: "Unexpected error." }] }]);
    expect([await texts(), told]).toEqual([[], []]);
  });

  test("what a resolver committed itself stays", async () => {
    await ask('mutation { keep(text: "kept") { text } add(text: "a") { text } fail }');
    expect(await texts()).toEqual(["kept"]);
  });

  test("a commit that fails is a 500", async () => {
    const reply = await ask('mutation { add(text: "refused") { text } }');
    expect(reply).toEqual({ status: 500, body: "Internal Server Error" });
    expect(errors).toMatchObject([{ name: "UniqueViolation" }]);
    expect([await texts(), told]).toEqual([[], []]);
  });
});

/** An application over the engine of the tests; it notes the sessions that its resolvers get, and what it would mail. */
function yogaOver(orm: Orm, seen: Set<unknown>, told: string[]): ReturnType<typeof createYoga> {
  const connect = connectTo(orm);
  const sessionHere = async () => {
    const session = await dbSession(connect);
    seen.add(session);
    return session;
  };
  const add = async (_: unknown, { text }: { readonly text: string }): Promise<Note> => {
    const session = await sessionHere();
    const note = new Note({ text });
    session.add(note);
    await session.flush();
    afterCommit(() => told.push(text));
    // for the commit to fail by: the key is there already
    if (text === "refused") session.add(new Note({ id: note.id + 1, text }));
    return note;
  };
  const resolvers = {
    Query: {
      count: async () => await (await sessionHere()).scalar(select(func.count(Note.c.id))),
      notes: async () => (await (await sessionHere()).scalars(select(Note).orderBy(Note.c.id))).all(),
    },
    Note: { author: async (note: Note) => (note.authorId === null ? null : await awaitableAttrs(note).author) },
    Mutation: {
      add,
      keep: async (parent: unknown, args: { readonly text: string }) => {
        const note = await add(parent, args);
        await commitDbSession(connect);
        return note;
      },
      fail: () => {
        throw new Error("meant to fail");
      },
    },
  };
  return createYoga({ logging: false, schema: createSchema({ typeDefs, resolvers }), plugins: [rollBackOnErrors] });
}
