// tRPC, as docs/guides/web-frameworks.md has it: each call has a context, as one request may bring many calls.
import { createServer } from "node:http";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { afterEach, beforeEach, expect, test } from "vitest";
import { afterCommit, commitDbSession, dbSession, dbSessionScope, rollbackAllSessions } from "../../../src/context.ts";
import { setTestContext } from "../../../src/testing.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { type Orm, useOrm } from "../orm/open-orm.ts";
import { type Application, serve } from "./frameworks/framework.ts";
import { Base, connectTo, Note, texts } from "./notes.ts";

const t = initTRPC.create();

const inScope = t.middleware(({ next }) =>
  dbSessionScope(async () => {
    const result = await next();
    if (!result.ok) await rollbackAllSessions();
    return result;
  }),
);

describeTargets("tRPC", (target) => {
  const orm = useOrm(target, Base);
  let seen: Set<unknown>;
  let told: string[];
  let application: Application;
  let router: ReturnType<typeof routerOver>;

  beforeEach(async () => {
    seen = new Set();
    told = [];
    router = routerOver(orm, seen, told);
    application = await serve(createServer(createHTTPHandler({ router })), [], async () => undefined);
  });
  afterEach(async () => {
    await application.close();
    await expect.poll(() => orm.engine.pool.checkedOut()).toBe(0);
  });

  /** Each call is a procedure and the text for it; several of them go in one request. */
  const ask = async (...calls: readonly (readonly [procedure: string, text: string])[]): Promise<unknown> => {
    const path = calls.map(([procedure]) => procedure).join(",");
    const [[, only] = []] = calls;
    const body = calls.length === 1 ? only : Object.fromEntries(calls.map(([, text], index) => [index, text]));
    const headers = { "content-type": "application/json", connection: "close" };
    const url = `${application.url}/${path}${calls.length === 1 ? "" : "?batch=1"}`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    await response.text();
    return response.status;
  };

  test("a mutation is committed before its answer", async () => {
    expect(await ask(["add", "a"])).toBe(200);
    expect([await texts(orm), told, seen.size]).toEqual([["a"], ["a"], 1]);
  });

  test.each([
    ["an error of the application", "refuse", 422],
    ["another error", "fail", 500],
  ])("%s rolls back", async (_, procedure, status) => {
    expect(await ask([procedure, "a"])).toBe(status);
    expect([await texts(orm), told, seen.size]).toEqual([[], [], 1]);
  });

  test("a commit that fails is an error of the call", async () => {
    expect(await ask(["clash", "a"])).toBe(500);
    expect([await texts(orm), told]).toEqual([[], []]);
  });

  test("what a procedure committed itself stays", async () => {
    expect(await ask(["keep", "a"])).toBe(500);
    expect(await texts(orm)).toEqual(["a"]);
  });

  testOn(
    target,
    ["promises"],
    "calls of one request have a transaction each: one that fails takes no other with it",
    async () => {
      expect(await ask(["add", "a"], ["refuse", "b"], ["add", "c"])).toBe(207);
      expect([await texts(orm), told.toSorted(), seen.size]).toEqual([["a", "c"], ["a", "c"], 3]);
    },
  );

  test("a call in a context joins it: that of a test, or of another call", async () => {
    const caller = t.createCallerFactory(router)({});
    await setTestContext(async () => {
      await caller.add("a");
      await caller.add("b");
      expect(seen.size).toBe(1);
      await rollbackAllSessions();
    });
    expect([await texts(orm), told]).toEqual([[], []]);
  });
});

/** Procedures that add a note and end in different ways; they note the sessions they get, and what they would mail. */
function routerOver(orm: Orm, seen: Set<unknown>, told: string[]) {
  const connect = connectTo(orm);
  const input = (value: unknown): string => String(value);
  const add = async (text: string, id?: number): Promise<void> => {
    const session = await dbSession(connect);
    seen.add(session);
    session.add(id === undefined ? new Note({ text }) : new Note({ id, text }));
    afterCommit(() => told.push(text));
  };
  const adding = t.procedure
    .use(inScope)
    .input(input)
    .use(async ({ input, next }) => {
      await add(input);
      return await next();
    });
  return t.router({
    add: adding.mutation(async ({ input }) => {
      await (await dbSession(connect)).flush();
      return input;
    }),
    refuse: adding.mutation(() => {
      throw new TRPCError({ code: "UNPROCESSABLE_CONTENT" });
    }),
    fail: adding.mutation(async () => {
      await (await dbSession(connect)).flush();
      throw new Error("meant to fail");
    }),
    clash: t.procedure
      .use(inScope)
      .input(input)
      .mutation(async ({ input }) => {
        await add(input, 1);
        await add(input, 1);
      }),
    keep: adding.mutation(async ({ input }) => {
      await commitDbSession(connect);
      await add(`${input} not kept`);
      throw new Error("meant to fail");
    }),
  });
}
