import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { InvalidRequestError } from "../../../src/errors/index.ts";
import { asyncScopedSession, type AsyncContextSession } from "../../../src/facade/async-scoped-session.ts";
import { AsyncSession, asyncSessionmaker } from "../../../src/facade/async-session.ts";
import { SessionProxy } from "../../../src/proxy/index.ts";
import { select } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const names = select(Author.c.name).orderBy(Author.c.id);

describeTargets(
  "an async scoped session",
  (target) => {
    const orm = useOrm(target, Base);
    const open = (): AsyncContextSession => asyncScopedSession(asyncSessionmaker(orm.engine));
    const later = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

    test("is one session for each async context, closed when its scope ends", async () => {
      const scoped = open();
      const work = async (id: number): Promise<AsyncSession> => {
        const session = scoped();
        scoped.add(new Author({ id, name: `name ${id}` }));
        await later();
        expect(scoped()).toBe(session);
        await scoped.commit();
        expect(await scoped.get(Author, id)).toMatchObject({ id });
        expect(scoped.inTransaction()).toBe(true);
        return session;
      };
      const used = await Promise.all([1, 2, 3].map((id) => scoped.scope(() => work(id))));
      expect(new Set(used).size).toBe(3);
      for (const session of used) {
        expect(session).toBeInstanceOf(AsyncSession);
        expect([session.inTransaction(), [...session]]).toEqual([false, []]);
      }
      expect(orm.engine.pool.checkedOut()).toBe(0);
      expect(await orm.rows(names)).toEqual(["name 1", "name 2", "name 3"]);
    });

    test("commits nothing by itself, and lets errors through", async () => {
      const scoped = open();
      const failure = new RangeError("enough");
      const failed = await attempt(() =>
        scoped.scope(async () => {
          scoped.add(new Author({ id: 1, name: "lost" }));
          await scoped.flush();
          throw failure;
        }),
      );
      expect(failed).toBe(failure);
      await scoped.scope(async () => {
        scoped.add(new Author({ id: 2, name: "lost, too" }));
        await scoped.flush();
      });
      expect(await orm.rows(names)).toEqual([]);
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });

    test("has a session of its own in a scope within a scope", async () => {
      const scoped = open();
      await scoped.scope(async () => {
        const outer = scoped();
        const inner = await scoped.scope(() => scoped());
        expect(inner).not.toBe(outer);
        expect(scoped()).toBe(outer);
        await scoped.remove();
        expect(scoped()).not.toBe(outer);
      });
    });

    test("has all that a session has, and what makes sessions", async () => {
      const scoped = open();
      await scoped.scope(async () => {
        const session = scoped({ autoflush: false });
        expect(() => scoped({ autoflush: true })).toThrow(/has a session already/);
        scoped.info["request"] = 7;
        expect([session.info["request"], scoped.bind, "commit" in scoped]).toEqual([7, orm.engine, true]);
        const transaction = await scoped.begin();
        expect(scoped.getTransaction()).toBe(transaction);
        scoped.addAll([new Author({ id: 1, name: "a" }), new Author({ id: 2, name: "b" })]);
        expect([scoped.new.size, [...scoped].length]).toEqual([2, 2]);
        await transaction.commit();
        const proxy = new SessionProxy(scoped);
        expect([proxy.isAsync, (await proxy.scalars(names)).all()]).toEqual([true, ["a", "b"]]);
        const streamed: string[] = [];
        for await (const name of await scoped.streamScalars(names)) streamed.push(name);
        expect(streamed).toEqual(["a", "b"]);
        await scoped.remove();
        scoped.configure({ autoflush: false, info: { from: "configure" } });
        expect(scoped().info).toEqual({ from: "configure" });
      });
    });

    test("says where there is no scope, and that one has ended", async () => {
      const scoped = open();
      expect(await attempt(() => scoped.commit())).toBeInstanceOf(InvalidRequestError);
      expect(() => scoped()).toThrow(/no scope here.*scoped\.scope\(async/);
      expect(await scoped).toBe(scoped); // to be awaited by mistake is harmless
      let late: Promise<unknown> | undefined;
      await scoped.scope(async () => {
        late = (async () => {
          for (let turns = 0; turns < 5; turns += 1) await later();
          return attempt(() => scoped.scalars(names));
        })();
      });
      expect(String(await late)).toMatch(/The scope has ended/);
      expect(orm.engine.pool.checkedOut()).toBe(0);
    });

    test("takes a function that tells scopes apart, and forgets each that is removed", async () => {
      let asked = 0;
      let scope: unknown = "one";
      const scoped = asyncScopedSession(asyncSessionmaker(orm.engine), () => {
        asked += 1;
        return scope;
      });
      expect("scope" in scoped).toBe(false);
      const first = scoped();
      expect(scoped()).toBe(first);
      scope = { request: 2 };
      const second = scoped();
      expect(second).not.toBe(first);
      await scoped.remove();
      expect(scoped()).not.toBe(second);
      await scoped.remove();
      await scoped.remove(); // there is nothing to remove: harmless
      scope = "one";
      expect([scoped(), asked]).toEqual([first, 9]);
      await scoped.remove();
    });
  },
  ["promises"],
);

describeTargets(
  "10,000 scopes",
  (target) => {
    const orm = useOrm(target, Base);

    test("leave nothing behind: no session, no connection, no transaction, no row", async () => {
      const scoped = asyncScopedSession(asyncSessionmaker(orm.engine));
      const found: null[] = [];
      const registry = new FinalizationRegistry<null>((held) => void found.push(held));
      for (let n = 0; n < 10_000; n += 1) {
        await scoped.scope(async () => {
          registry.register(scoped(), null);
          if (n % 100 !== 0) return;
          scoped.add(new Author({ id: n + 1, name: "never committed" }));
          expect(await scoped.scalar(select(Author.c.id))).toBe(n + 1);
        });
      }
      expect([orm.engine.pool.checkedOut(), await orm.rows(names)]).toEqual([0, []]);
      for (let tries = 0; tries < 50 && found.length < 9990; tries += 1) {
        collectGarbage();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(found.length).toBeGreaterThan(9990); // the last may still be on the stack
    });
  },
  ["promises"],
);
