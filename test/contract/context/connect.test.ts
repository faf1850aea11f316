// Engines and sessions of a DBConnect: A3-08 … A3-16.
import { expect, test } from "vitest";
import { dbSession, dbSessionScope } from "../../../src/context/index.ts";
import { ArgumentError, insert, text } from "../../../src/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngineAt } from "../open-engine.ts";
import { type Connect, Example, openConnect, sharedUrl } from "./open-connect.ts";

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

  test("the same host changes nothing; another one makes another engine", async () => {
    const { connect, made, url } = await openConnect(target);
    const engine = await connect.engine();
    await connect.changeHost(url);
    expect(await connect.engine()).toBe(engine);
    const other = await sharedUrl(target);
    await connect.changeHost(other);
    expect(await connect.engine()).not.toBe(engine);
    expect(made).toEqual([url, other]);
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
