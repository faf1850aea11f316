// A listener that an operation waits for, and the session that waits for it (DESIGN, decision 12).
import { IllegalStateChangeError, listen, select, unlisten } from "athanor";
import { expect, test } from "vitest";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base } from "../orm/library.ts";
import { attempt, useOrm } from "../orm/open-orm.ts";

const names = select(Author.c.name).orderBy(Author.c.name);

describeTargets(
  "a listener",
  (target) => {
    const orm = useOrm(target, Base);

    const inside: readonly [string, (session: AsyncSession) => unknown][] = [
      ["a statement", (session) => session.execute(names)],
      ["a look-up", (session) => session.get(Author, 1)],
      ["a flush", (session) => session.flush()],
      ["a statement on the session's connection", async (session) => (await connectionOf(session)).scalar(names)],
    ];
    const connections = new WeakMap<AsyncSession, Awaited<ReturnType<AsyncSession["connection"]>>>();
    const connectionOf = async (session: AsyncSession) => connections.get(session) ?? (await session.connection());

    test.each(inside)("that starts an operation on the session that waits for it is told so: %s", async (_, start) => {
      const session = orm.session();
      connections.set(session, await session.connection());
      const wait = async (): Promise<void> => {
        await Promise.resolve(); // also after the listener waited for something else
        await start(session);
      };
      listen(session, "beforeFlush", wait);
      session.add(new Author({ id: 1, name: "ann" }));
      const error = await attempt(() => session.commit());
      expect(error).toBeInstanceOf(IllegalStateChangeError);
      expect(String(error)).toMatch(/event\.session/);
      unlisten(session, "beforeFlush", wait);
      await session.rollback();
      session.add(new Author({ id: 1, name: "ann" }));
      await session.commit();
      expect(await orm.rows(names)).toEqual(["ann"]);
    });

    test("hears so from listeners of statements and of classes, too", async () => {
      const session = orm.session();
      const byStatement = async (): Promise<undefined> => void (await session.get(Author, 7));
      listen(session, "doOrmExecute", byStatement as never);
      expect(await attempt(() => session.execute(names))).toBeInstanceOf(IllegalStateChangeError);
      unlisten(session, "doOrmExecute", byStatement as never);
      const byClass = async (): Promise<void> => void (await session.execute(names));
      listen(Author, "beforeInsert", byClass);
      session.add(new Author({ id: 1, name: "ann" }));
      expect(await attempt(() => session.flush())).toBeInstanceOf(IllegalStateChangeError);
      unlisten(Author, "beforeInsert", byClass);
    });

    test("may use the session of the event, and others; who is not inside may use the session meanwhile", async () => {
      const session = orm.session();
      let begun!: () => void;
      let goOn!: () => void;
      const hasBegun = new Promise<void>((resolve) => (begun = resolve));
      const mayGoOn = new Promise<void>((resolve) => (goOn = resolve));
      const found: unknown[] = [];
      listen(session, "beforeFlush", async ({ session: own }) => {
        begun();
        await mayGoOn;
        found.push((await own.execute(names)).all());
      });
      session.add(new Author({ id: 1, name: "ann" }));
      const commit = session.commit();
      await hasBegun;
      const beside = session.scalars(names); // in the queue behind the commit
      goOn();
      await commit;
      expect([found, (await beside).all()]).toEqual([[[]], ["ann"]]);
    });

    test("may leave something for later", async () => {
      const session = orm.session();
      const later: Promise<unknown>[] = [];
      listen(session, "afterCommit", () => {
        later.push(new Promise((resolve) => setTimeout(() => resolve(session.scalars(names)), 1)));
      });
      session.add(new Author({ id: 1, name: "ann" }));
      await session.commit();
      const [result] = (await Promise.all(later)) as { all(): unknown }[];
      expect(result?.all()).toEqual(["ann"]);
    });
  },
  ["promises"],
);
