// Every row of the compatibility matrix, run on both kinds of sessions; docs/guides/session-proxy.md shows the outcome.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { ArgumentError, NoResultFound, NotImplementedError, UniqueViolation } from "../../src/errors/index.ts";
import { type AsyncSession, Session } from "../../src/facade/index.ts";
import { isPromiseLike } from "../../src/flow/index.ts";
import { SessionProxy } from "../../src/proxy/index.ts";
import { func, select } from "../../src/sql/index.ts";
import { describeTargets } from "../targets/index.ts";
import { Author, Base } from "./orm/library.ts";
import { attempt, useOrm } from "./orm/open-orm.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";

type Proxy = SessionProxy<AsyncSession>;

interface Row {
  /** In SQLAlchemy's words, as the matrix has it. */
  readonly method: string;
  /** Calls it, and looks at what it does. */
  readonly run: (proxy: Proxy, calls: (name: string, answer: unknown) => unknown) => unknown;
}

const all = select(Author).orderBy(Author.c.id);

/** `calls` notes whether the method answered with a promise, and passes the answer on. */
const rows: readonly Row[] = [
  {
    method: "add",
    run: (proxy, calls) => {
      calls("add", proxy.add(new Author({ id: 7, name: "g" })));
      expect(proxy.new.size).toBe(1);
    },
  },
  {
    method: "addAll",
    run: (proxy, calls) => {
      calls("addAll", proxy.addAll([new Author({ id: 7, name: "g" }), new Author({ id: 8, name: "h" })]));
      expect(proxy.new.size).toBe(2);
    },
  },
  {
    method: "commit",
    run: async (proxy, calls) => {
      proxy.add(new Author({ id: 7, name: "g" }));
      await calls("commit", proxy.commit());
      expect([proxy.new.size, proxy.inTransaction()]).toEqual([0, false]);
    },
  },
  {
    method: "rollback",
    run: async (proxy, calls) => {
      proxy.add(new Author({ id: 7, name: "g" }));
      await proxy.flush();
      await calls("rollback", proxy.rollback());
      expect(await proxy.get(Author, 7)).toBeNull();
    },
  },
  {
    method: "close",
    run: async (proxy, calls) => {
      proxy.add(new Author({ id: 7, name: "g" }));
      await calls("close", proxy.close());
      expect([proxy.new.size, proxy.inTransaction()]).toEqual([0, false]);
    },
  },
  {
    method: "flush",
    run: async (proxy, calls) => {
      proxy.add(new Author({ id: 7, name: "g" }));
      await calls("flush", proxy.flush());
      expect([proxy.new.size, proxy.inTransaction()]).toEqual([0, true]);
    },
  },
  {
    method: "merge",
    run: async (proxy, calls) => {
      const merged = (await calls("merge", proxy.merge(new Author({ id: 1, name: "new" })))) as Author;
      expect([merged.name, proxy.has(merged)]).toEqual(["new", true]);
    },
  },
  {
    method: "delete",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      await calls("delete", proxy.delete(author));
      expect(proxy.deleted.has(author)).toBe(true);
    },
  },
  {
    method: "get",
    run: async (proxy, calls) => {
      expect(await calls("get", proxy.get(Author, 1))).toMatchObject({ name: "a" });
      expect(await proxy.get(Author, 99)).toBeNull();
    },
  },
  {
    method: "getOne",
    run: async (proxy, calls) => {
      expect(await calls("getOne", proxy.getOne(Author, 1))).toMatchObject({ name: "a" });
      expect(await attempt(() => proxy.getOne(Author, 99))).toBeInstanceOf(NoResultFound);
    },
  },
  {
    method: "execute",
    run: async (proxy, calls) => {
      const result = (await calls("execute", proxy.execute(all))) as { all(): unknown[][] };
      expect(result.all().length).toBe(2);
    },
  },
  {
    method: "scalars",
    run: async (proxy, calls) => {
      const result = (await calls("scalars", proxy.scalars(all))) as { all(): Author[] };
      expect(result.all().map((author) => author.name)).toEqual(["a", "b"]);
    },
  },
  {
    method: "scalar",
    run: async (proxy, calls) => {
      expect(await calls("scalar", proxy.scalar(select(func.count(Author.c.id))))).toBe(2);
    },
  },
  {
    method: "refresh",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      author.name = "not written";
      await calls("refresh", proxy.refresh(author));
      expect(author.name).toBe("a");
    },
  },
  {
    method: "expire",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      calls("expire", proxy.expire(author, ["name"]));
      expect(Object.hasOwn(author, "name")).toBe(false);
    },
  },
  {
    method: "expireAll",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      calls("expireAll", proxy.expireAll());
      expect(Object.hasOwn(author, "name")).toBe(false);
    },
  },
  {
    method: "expunge",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      calls("expunge", proxy.expunge(author));
      expect(proxy.has(author)).toBe(false);
    },
  },
  {
    method: "expungeAll",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      calls("expungeAll", proxy.expungeAll());
      expect(proxy.has(author)).toBe(false);
    },
  },
  {
    method: "isModified",
    run: async (proxy, calls) => {
      const author = await proxy.getOne(Author, 1);
      expect(calls("isModified", proxy.isModified(author))).toBe(false);
      author.name = "c";
      expect([proxy.isModified(author), proxy.dirty.has(author)]).toEqual([true, true]);
    },
  },
  {
    method: "inTransaction",
    run: async (proxy, calls) => {
      expect(calls("inTransaction", proxy.inTransaction())).toBe(false);
      await proxy.scalar(all);
      expect(proxy.inTransaction()).toBe(true);
    },
  },
  {
    method: "inNestedTransaction",
    run: async (proxy, calls) => {
      expect(calls("inNestedTransaction", proxy.inNestedTransaction())).toBe(false);
      const savepoint = await proxy.beginNested();
      expect([proxy.inNestedTransaction(), proxy.getNestedTransaction()]).toEqual([true, savepoint]);
      await savepoint.rollback();
    },
  },
  {
    method: "query",
    run: async (proxy, calls) => {
      const { query } = proxy as unknown as { query(entity: typeof Author): { count(): number } };
      const made = calls("query", query.call(proxy, Author)) as { count(): number };
      expect(made.count()).toBe(2);
    },
  },
  {
    method: "stream",
    run: async (proxy, calls) => {
      const stream = (await calls("stream", proxy.stream(all))) as Awaited<ReturnType<Proxy["stream"]>>;
      expect((await stream.all()).length).toBe(2);
    },
  },
  {
    method: "streamScalars",
    run: async (proxy, calls) => {
      const names: string[] = [];
      const stream = (await calls("streamScalars", proxy.streamScalars(all))) as AsyncIterable<Author>;
      for await (const author of stream) names.push(author.name);
      expect(names).toEqual(["a", "b"]);
    },
  },
  {
    method: "runSync",
    run: async (proxy, calls) => {
      const body = function* (session: AsyncSession): Generator<PromiseLike<unknown>, unknown, unknown> {
        return yield session.scalar(select(func.count(Author.c.id)));
      };
      expect(await calls("runSync", proxy.runSync(body))).toBe(2);
    },
  },
  {
    method: "aclose",
    run: async (proxy, calls) => {
      await proxy.getOne(Author, 1);
      await calls("aclose", proxy.aclose());
      expect(proxy.inTransaction()).toBe(false);
    },
  },
];

const ofOneColour: readonly string[] = ["query", "stream", "streamScalars", "runSync", "aclose"];

/** What was seen: method → mode → whether it is there, and whether it is awaitable. */
const seen = new Map<string, { sync?: string; async?: string }>();

function note(method: string, mode: "sync" | "async", outcome: string): void {
  const known = seen.get(method) ?? {};
  expect(known[mode] ?? outcome).toBe(outcome); // the same on every database
  seen.set(method, { ...known, [mode]: outcome });
}

describeTargets("a session proxy", (target) => {
  const orm = useOrm(target, Base);
  const open = async (): Promise<Proxy> => {
    await orm.save(new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" }));
    return new SessionProxy(orm.session());
  };

  test.each(rows)("$method", async ({ method, run }) => {
    if (ofOneColour.includes(method)) coloursDiffer("sessions of one colour have the method");
    const proxy = await open();
    const error = await attempt(() =>
      run(proxy, (name, answer) => {
        expect(name).toBe(method);
        note(method, target.mode, isPromiseLike(answer) ? "awaitable" : "at once");
        return answer;
      }),
    );
    if (error instanceof NotImplementedError) {
      expect(error.message).toMatch(/not supported for a?synchronous sessions/);
      note(method, target.mode, "refused");
    } else expect(error).toBeUndefined();
  });

  test("passes the database's errors on; begin() with a function commits", async () => {
    const proxy = await open();
    proxy.add(new Author({ id: 1, name: "double" }));
    expect(await attempt(() => proxy.flush())).toBeInstanceOf(UniqueViolation);
    await proxy.rollback();
    await proxy.begin(() => proxy.add(new Author({ id: 3, name: "c" })));
    expect(proxy.inTransaction()).toBe(false);
    expect(await orm.rows(select(Author.c.name).orderBy(Author.c.id))).toEqual(["a", "b", "c"]);
  });

  test("closes its session at the end of a block", async () => {
    coloursDiffer("only a sync session has the block without await, too");
    const proxy = await open();
    {
      await using inner = proxy;
      await inner.getOne(Author, 1);
    }
    expect(orm.engine.pool.checkedOut()).toBe(0);
    if (target.mode === "async") {
      expect(Reflect.get(proxy, Symbol.dispose)).toBeUndefined();
      return;
    }
    const own = new SessionProxy(orm.session() as unknown as Session);
    {
      using inner = own;
      inner.getOne(Author, 1);
    }
    expect(orm.engine.pool.checkedOut()).toBe(0);
  });
});

describe("a session proxy of something else", () => {
  test.each([[undefined], [null], [{}], ["session"], [Session]])("%s is refused", (given) => {
    expect(() => new SessionProxy(given as never)).toThrow(ArgumentError);
    expect(() => new SessionProxy(given as never)).toThrow(/takes a Session or an AsyncSession/);
  });
});

afterAll(() => {
  const isWhole = rows.every(
    ({ method }) => seen.get(method)?.sync !== undefined && seen.get(method)?.async !== undefined,
  );
  if (!isWhole) {
    console.warn("docs/guides/session-proxy.md was not compared: only some cases, or one mode, were run");
    return;
  }
  const page = new URL("../../docs/guides/session-proxy.md", import.meta.url);
  const text = readFileSync(page, "utf8");
  const updated = text.replace(
    /(<!-- matrix -->\n)[^]*(\n<!-- end of matrix -->)/u,
    (_all, start: string, end: string) => start + matrix() + end,
  );
  if (process.env["UPDATE_DOCS"] !== undefined) writeFileSync(page, updated);
  else expect(text).toBe(updated);
});

function matrix(): string {
  const lines = rows.map(({ method }) => {
    const { sync, async } = seen.get(method) ?? {};
    const has = (outcome: string | undefined): string => (outcome === "refused" || outcome === undefined ? "–" : "✔");
    const notes =
      sync === "refused"
        ? "async sessions only"
        : async === "refused"
          ? "sync sessions only (legacy)"
          : async === "awaitable"
            ? "a promise in async sessions"
            : "answers at once in both";
    return `| \`${method}\` | ${has(sync)} | ${has(async)} | ${notes} |`;
  });
  return ["| Method | Sync | Async | Notes |", "| --- | --- | --- | --- |", ...lines].join("\n");
}
