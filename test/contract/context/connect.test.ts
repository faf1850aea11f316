// Engines and sessions of a DBConnect: A3-08 … A3-16.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  DBConnect,
  dbSession,
  dbSessionScope,
  newNonCtxAtomicSession,
  newNonCtxSession,
  runInNewCtx,
} from "../../../src/context/index.ts";
import { ArgumentError, insert, text } from "../../../src/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngineAt } from "../open-engine.ts";
import { type Connect, Example, makerFor, openConnect, sharedUrl } from "./open-connect.ts";

const row = () => insert(Example).values({ text: "row" });

describeTargets("DBConnect", (target) => {
  test("makes its engine with the first session, and once", async () => {
    const { connect, made, url } = await openConnect(target);
    expect(made).toEqual([]);
    const sessions = await Promise.all([connect.createSession(), connect.createSession(), connect.sessionMaker()]);
    expect(made).toEqual([url]);
    expect(sessions[0]).not.toBe(sessions[1]);
    expect(await connect.engine()).toBe(sessions[0].bind);
  });

  test("makes it once also for callers that ask at the same time while it is made", async () => {
    const url = await sharedUrl(target);
    let made = 0;
    const connect = new DBConnect({
      host: url,
      async engineCreator(host: string) {
        made += 1;
        await sleep(2);
        return openEngineAt(host, target);
      },
      async sessionMakerCreator(engine) {
        await sleep(2);
        return makerFor(target, engine);
      },
    });
    const [session, other, engine] = await Promise.all([
      connect.createSession(),
      dbSessionScope(() => dbSession(connect)),
      connect.engine(),
    ]);
    expect([made, session.bind === engine, other.bind === engine]).toEqual([1, true, true]);
    await connect.close();
  });

  test("each has a key of its own", async () => {
    const [a, b] = [await openConnect(target), await openConnect(target)];
    expect(a.connect.contextKey).not.toBe(b.connect.contextKey);
    await dbSessionScope(async () => {
      expect(await dbSession(a.connect)).not.toBe(await dbSession(b.connect));
    });
  });

  test("a failing engine is not kept", async () => {
    const { connect, made } = await openConnect(target, { withoutHost: true });
    await expect(connect.connect("nonsense://")).rejects.toThrow();
    await expect(connect.createSession()).rejects.toThrow();
    expect(made).toEqual(["nonsense://", "nonsense://"]);
  });

  test("hosts must not be empty, and one is needed", async () => {
    const { connect } = await openConnect(target, { withoutHost: true });
    await expect(connect.connect("")).rejects.toThrow("host must not be empty");
    await expect(connect.changeHost("")).rejects.toThrow(ArgumentError);
    await expect(connect.createSession()).rejects.toThrow("host is not set");
    expect(connect.host).toBeNull();
  });

  test("the hook before each session may name the host", async () => {
    let calls = 0;
    const url = await sharedUrl(target);
    const { connect, made } = await openConnect(target, {
      withoutHost: true,
      beforeCreateSession: async (given: Connect) => {
        if (++calls > 1) await given.changeHost(url);
      },
    });
    await expect(connect.createSession()).rejects.toThrow("host is not set");
    const session = await connect.createSession();
    await session.execute(text("SELECT 1"));
    await session.close();
    expect([calls, made, connect.host]).toEqual([2, [url], url]);
  });

  test("the hook before each session may change hosts while the program runs", async () => {
    const [first, second] = [await openConnect(target), await openConnect(target)];
    let master = first.url;
    const { connect, made } = await openConnect(target, {
      withoutHost: true,
      beforeCreateSession: (given: Connect) => given.changeHost(master),
    });
    const add = async () => await (await dbSession(connect)).execute(row());
    await runInNewCtx(async () => {
      await add();
      master = second.url;
      // the session of a context stays what it is; each new one is made where the master is
      await add();
      await newNonCtxAtomicSession(connect, (session) => session.execute(row()));
    });
    await runInNewCtx(add);
    expect([await first.count(), await second.count(), made]).toEqual([2, 2, [first.url, second.url]]);
  });

  test("the same host changes nothing; another one makes another engine", async () => {
    const { connect, made, url } = await openConnect(target);
    const engine = await connect.engine();
    await newNonCtxSession(connect, (session) => session.execute(row()));
    const idle = engine.pool.checkedIn();
    await connect.changeHost(url);
    expect([await connect.engine(), engine.pool.checkedIn()]).toEqual([engine, idle]);
    await expect(connect.changeHost("")).rejects.toThrow("host must not be empty");
    expect(connect.host).toBe(url);
    const other = await sharedUrl(target);
    await connect.changeHost(other);
    expect(await connect.engine()).not.toBe(engine);
    // the old one is disposed of
    expect([made, engine.pool.checkedIn(), engine.pool.checkedOut()]).toEqual([[url, other], 0, 0]);
  });

  test("sessions made before a change keep their engine, which keeps no connection when they end", async () => {
    const { connect, count } = await openConnect(target);
    const before = await connect.createSession();
    await before.execute(row());
    const { pool } = await connect.engine();
    const other = await sharedUrl(target);
    await connect.changeHost(other);
    const after = await connect.createSession();
    await expect((async () => await after.execute(row()))()).rejects.toThrow(/context_example/);
    await after.close();
    await before.commit();
    // another transaction, over a connection that is opened after the engine was disposed of
    await before.execute(row());
    await before.commit();
    await before.close();
    expect(await count()).toBe(2);
    expect([pool.checkedOut(), pool.checkedIn()]).toEqual([0, 0]);
  });

  test("after close() the next session connects again", async () => {
    const { connect, made, url, checkedOut } = await openConnect(target);
    const first = await connect.createSession();
    await first.execute(text("SELECT 1"));
    await first.close();
    const { pool } = await connect.engine();
    await connect.close();
    await connect.close();
    expect([pool.checkedIn(), checkedOut()]).toEqual([0, 0]);
    const second = await connect.createSession();
    await second.execute(text("SELECT 1"));
    await second.close();
    expect(made).toEqual([url, url]);
  });

  test("an engine that is disposed of while it is in use serves what it can", async () => {
    const url = await sharedUrl(target);
    const engine = openEngineAt(url, target);
    const { connect } = await openConnect(target);
    const session = await connect.createSession();
    await session.execute(row());
    await connect.close();
    await session.commit();
    await session.close();
    await engine.dispose();
    expect((await connect.engine()).pool.checkedOut()).toBe(0);
  });
});
