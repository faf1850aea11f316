import { expect, test } from "vitest";
import { listen, unlisten } from "../../src/engine/index.ts";
import {
  ArgumentError,
  type DBAPIError,
  IntegrityError,
  InvalidRequestError,
  ProgrammingError,
  ResourceClosedError,
  StatementError,
} from "../../src/errors/index.ts";
import type { AsyncConnection, AsyncEngine } from "../../src/facade/async-engine.ts";
import { text } from "../../src/sql/index.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

const insert = text("INSERT INTO item (id, name) VALUES (:id, :name)");
const names = text("SELECT name FROM item ORDER BY id");

async function makeTable(engine: AsyncEngine): Promise<void> {
  await engine.begin((conn) =>
    conn.execute(text("CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL)")),
  );
}

async function namesIn(engine: AsyncEngine): Promise<unknown[]> {
  return (await engine.execute(names)).scalars().all();
}

function recordSql(engine: AsyncEngine): string[] {
  const log: string[] = [];
  listen(engine, "begin", ({ implicit }) => void log.push(implicit ? "BEGIN (implicit)" : "BEGIN"));
  listen(engine, "commit", () => void log.push("COMMIT"));
  listen(engine, "rollback", () => void log.push("ROLLBACK"));
  listen(engine, "savepoint", () => void log.push("SAVEPOINT"));
  listen(engine, "releaseSavepoint", () => void log.push("RELEASE"));
  listen(engine, "rollbackSavepoint", () => void log.push("ROLLBACK TO"));
  listen(engine, "beforeCursorExecute", ({ sql, many }) => void log.push(many === null ? sql : `${sql} × ${many}`));
  return log;
}

describeTargets("an engine's connection", (target) => {
  test("commits what it is told to and nothing else", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    await conn.execute(insert, { id: 1, name: "kept" });
    await conn.commit();
    await conn.execute(insert, { id: 2, name: "lost" });
    expect(conn.inTransaction()).toBe(true);
    await conn.close();
    expect(conn.closed).toBe(true);
    expect(await namesIn(engine)).toEqual(["kept"]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("begin(fn) commits, or rolls back when the function throws, and answers what it answered", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const log = recordSql(engine);
    const answer = await engine.begin((conn) => {
      const inserted = conn.execute(insert, { id: 1, name: "one" });
      return target.mode === "sync" ? 7 : inserted.then(() => 7);
    });
    expect(answer).toBe(7);
    const failure = new TypeError("second thoughts");
    const attempt = async () =>
      engine.begin((conn) => {
        const inserted = conn.execute(insert, { id: 2, name: "two" });
        if (target.mode === "sync") throw failure;
        return inserted.then(() => Promise.reject(failure));
      });
    await expect(attempt()).rejects.toBe(failure);
    expect(log.map((line) => line.replace(/INSERT.*/, "INSERT"))).toEqual([
      "BEGIN",
      "INSERT",
      "COMMIT",
      "BEGIN",
      "INSERT",
      "ROLLBACK",
    ]);
    expect(await namesIn(engine)).toEqual(["one"]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("an engine's generator callback is driven", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    await engine.begin(function* (conn) {
      const { rows } = yield* conn.core.sendFlow({ compiled: plain, sql: "SELECT 1", params: [] });
      return rows.length;
    });
  });

  test("a list of parameters executes a statement for each", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const log = recordSql(engine);
    const result = await engine.execute(insert, [
      { id: 1, name: "a" },
      { id: 2, name: "b" },
      { id: 3, name: "c" },
    ]);
    expect(result.rowcount).toBe(3);
    expect(log.some((line) => line.endsWith("× 3"))).toBe(true);
    expect((await engine.execute(insert, [])).rowcount).toBe(0);
    expect(await namesIn(engine)).toEqual(["a", "b", "c"]);
    const unlike = async () =>
      engine.execute(insert, [
        { id: 4, name: "d" },
        { id: 5, title: "e" },
      ]);
    await expect(unlike()).rejects.toThrow(/set 2 lacks name and has title besides/);
    await expect(unlike()).rejects.toThrow(ArgumentError);
  });

  test("a failing list leaves nothing behind", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const twice = async () =>
      engine.execute(
        insert,
        [1, 2, 1].map((id) => ({ id, name: "x" })),
      );
    await expect(twice()).rejects.toThrow(IntegrityError);
    expect(await namesIn(engine)).toEqual([]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("errors carry SQL, parameters and the driver's error, unless parameters are hidden", async () => {
    for (const hideParameters of [false, true]) {
      const engine = await openEngine(target, { hideParameters });
      await makeTable(engine);
      await engine.execute(insert, { id: 1, name: "s3cret" });
      const error = await caught(() => engine.execute(insert, { id: 1, name: "s3cret" }));
      expect(error).toBeInstanceOf(IntegrityError);
      expect((error as DBAPIError).sql).toContain("INSERT INTO item");
      expect((error as DBAPIError).cause).toBeInstanceOf(Error);
      expect((error as DBAPIError).isDisconnect).toBe(false);
      expect(String(error).includes("s3cret")).toBe(!hideParameters);
      expect((error as DBAPIError).params === undefined).toBe(hideParameters);
    }
  });

  test("an error's stack shows who asked for the statement", async () => {
    const engine = await openEngine(target);
    const conn = await engine.connect();
    async function saveUser() {
      await conn.execute(text("SELECT nothing FROM nowhere"));
    }
    const error = await caught(saveUser);
    expect(error).toBeInstanceOf(ProgrammingError);
    expect((error as Error).stack).toContain("saveUser");
    await conn.close();
  });

  test("a missing parameter is refused before anything is sent", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const log = recordSql(engine);
    await expect((async () => engine.execute(insert, { id: 1 }))()).rejects.toThrow(StatementError);
    expect(log.filter((line) => line.startsWith("INSERT"))).toEqual([]);
  });

  test("begin() takes over a transaction that has only read, not one that has written", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    await conn.execute(names);
    const implicit = conn.getTransaction();
    const transaction = await conn.begin();
    expect(transaction).toBe(implicit);
    await conn.execute(insert, { id: 1, name: "one" });
    await expect((async () => conn.begin())()).rejects.toThrow(/begun by begin\(\)/);
    await transaction.commit();
    await conn.execute(names);
    await conn.execute(insert, { id: 2, name: "two" });
    const error = await caught(() => conn.begin());
    expect(error).toBeInstanceOf(InvalidRequestError);
    expect(String(error)).toMatch(/SELECT name FROM item.*INSERT INTO item/s);
    await conn.close();
    expect(await namesIn(engine)).toEqual(["one"]);
  });

  test("savepoints nest, and end with the one around them", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    await conn.execute(insert, { id: 1, name: "root" });
    const outer = await conn.beginNested();
    await conn.execute(insert, { id: 2, name: "outer" });
    const inner = await conn.beginNested();
    expect(conn.getNestedTransaction()).toBe(inner);
    await conn.execute(insert, { id: 3, name: "inner" });
    await inner.commit();
    expect([inner.isActive, outer.isActive, outer.nested, conn.inNestedTransaction()]).toEqual([
      false,
      true,
      true,
      true,
    ]);
    const second = await conn.beginNested();
    await outer.rollback();
    expect([second.isActive, outer.isActive, conn.inNestedTransaction(), conn.inTransaction()]).toEqual([
      false,
      false,
      false,
      true,
    ]);
    await expect((async () => second.commit())()).rejects.toThrow(/This transaction is inactive/);
    await second.rollback();
    await conn.commit();
    await conn.close();
    expect(await namesIn(engine)).toEqual(["root"]);
  });

  test("begin and beginNested take functions", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    await engine.connect((conn) =>
      conn.begin(function* () {
        yield* later(conn.execute(insert, { id: 1, name: "kept" }));
        try {
          yield* later(
            conn.beginNested(function* () {
              yield* later(conn.execute(insert, { id: 2, name: "undone" }));
              yield* later(conn.execute(insert, { id: 1, name: "twice" }));
            }),
          );
        } catch (error) {
          expect(error).toBeInstanceOf(IntegrityError);
        }
        yield* later(conn.beginNested(() => conn.execute(insert, { id: 3, name: "kept too" })));
      }),
    );
    expect(await namesIn(engine)).toEqual(["kept", "kept too"]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("the transaction's own methods act on the connection's state", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    expect([conn.getTransaction(), conn.getNestedTransaction(), conn.inTransaction()]).toEqual([null, null, false]);
    const transaction = await conn.begin();
    expect([transaction.isActive, transaction.isValid, transaction.nested]).toEqual([true, true, false]);
    await conn.execute(insert, { id: 1, name: "x" });
    await transaction.close();
    await transaction.rollback();
    expect([transaction.isActive, conn.inTransaction()]).toEqual([false, false]);
    await conn.commit();
    await conn.rollback();
    await conn.close();
    await conn.close();
    expect(await namesIn(engine)).toEqual([]);
  });

  test("a closed connection says so", async () => {
    const engine = await openEngine(target);
    const conn = await engine.connect();
    await conn.close();
    for (const use of [
      () => conn.execute(text("SELECT 1")),
      () => conn.begin(),
      () => conn.beginNested(),
      () => conn.commit(),
      () => conn.stream(text("SELECT 1")),
      () => conn.invalidate(),
    ] as (() => Promise<unknown>)[]) {
      await expect((async () => use())()).rejects.toThrow(ResourceClosedError);
    }
    expect(() => conn.info).toThrow("This Connection is closed");
  });

  test("an invalidated connection opens another outside of a transaction", async () => {
    const engine = await openEngine(target);
    const conn = await engine.connect();
    conn.info["mark"] = 1;
    await conn.invalidate();
    expect([conn.invalidated, conn.closed]).toEqual([true, false]);
    expect(await conn.scalar(text("SELECT 1"))).toEqual(await conn.scalar(text("SELECT 1")));
    expect([conn.invalidated, conn.info["mark"]]).toEqual([false, undefined]);
    await conn.invalidate();
    await expect((async () => conn.scalar(text("SELECT 1")))()).rejects.toMatchObject({ code: "8s2b" });
    await conn.rollback();
    await conn.scalar(text("SELECT 1"));
    await conn.close();
    expect([engine.pool.checkedOut(), engine.pool.checkedIn()]).toEqual([0, 1]);
  });

  test("operations started together run in order", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    const ids = Array.from({ length: 20 }, (_, n) => n + 1);
    await Promise.all([...ids.map((id) => conn.execute(insert, { id, name: `n${id}` })), conn.commit(), conn.close()]);
    expect(await namesIn(engine)).toEqual(ids.map((id) => `n${id}`));
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("isolation levels are checked, set for transactions, and gone when the connection is", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const conn = await engine.connect();
    const usual = await conn.getIsolationLevel();
    expect(() => conn.executionOptions({ isolationLevel: "SERIALISABLE" as "SERIALIZABLE" })).toThrow(
      /did you mean "SERIALIZABLE"\? Valid isolation levels for \w+ are: .*AUTOCOMMIT/,
    );
    expect(conn.executionOptions({ isolationLevel: "READ UNCOMMITTED" })).toBe(conn);
    expect(await conn.getIsolationLevel()).toBe("READ UNCOMMITTED");
    await conn.scalar(text("SELECT 1"));
    expect(await levelInside(conn, engine, target)).toBe("READ UNCOMMITTED");
    expect(() => conn.executionOptions({ isolationLevel: "SERIALIZABLE" })).toThrow(InvalidRequestError);
    await conn.close();
    const next = await engine.connect();
    expect(await next.getIsolationLevel()).toBe(usual);
    await next.close();
  });

  test("an engine's isolation level is that of all its connections, an option engine's that of its own", async () => {
    const engine = await openEngine(target, { isolationLevel: "serializable" as "SERIALIZABLE" });
    const conn = await engine.connect();
    expect(await conn.getIsolationLevel()).toBe("SERIALIZABLE");
    await conn.close();
    const free = engine.executionOptions({ isolationLevel: "AUTOCOMMIT" });
    expect(free).not.toBe(engine);
    expect(free.pool).toBe(engine.pool);
    expect([free.getExecutionOptions(), engine.getExecutionOptions()]).toEqual([{ isolationLevel: "AUTOCOMMIT" }, {}]);
    await makeTable(engine);
    const other = await free.connect();
    await other.execute(insert, { id: 1, name: "kept at once" });
    await other.rollback();
    await other.close();
    expect(await namesIn(engine)).toEqual(["kept at once"]);
  });

  test("a stream works without a transaction, and other statements beside it", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const rows = Array.from({ length: 500 }, (_, n) => ({ id: n + 1, name: `n${n + 1}` }));
    await engine.execute(insert, rows);
    const free = await engine.executionOptions({ isolationLevel: "AUTOCOMMIT" }).connect();
    const stream = (await free.stream(names)).yieldPer(10);
    expect((await stream.fetchMany(20)).length).toBe(20);
    await free.execute(insert, { id: 1000, name: "kept at once" });
    await free.rollback();
    await expect((async () => stream.fetchMany(1000))()).rejects.toThrow(ResourceClosedError);
    let seen = 0;
    for await (const _row of (await free.stream(names)).yieldPer(50)) seen++;
    expect(seen).toBe(501);
    await expect((async () => free.stream(text("SELECT nothing FROM nowhere")))()).rejects.toThrow(ProgrammingError);
    const unread = await free.stream(names);
    await unread.fetchOne();
    const beside = await free.stream(names);
    await free.execute(text("DELETE FROM item WHERE id = 1000"));
    expect([(await unread.all()).length, (await beside.all()).length]).toEqual([500, 501]);
    await free.close();
    expect((await namesIn(engine)).length).toBe(500);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("a transaction somebody opened by hand does not reach the pool", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const free = await engine.executionOptions({ isolationLevel: "AUTOCOMMIT" }).connect();
    await free.execDriverSql("BEGIN");
    await free.execute(insert, { id: 1, name: "by hand" });
    await free.close();
    const raw = await engine.rawConnection();
    await raw.driverConnection.executeScript("BEGIN");
    await raw.driverConnection.execute("INSERT INTO item VALUES (2, 'raw')", [], {
      prepare: false,
      exactIntegers: false,
    });
    await raw.close();
    expect(await namesIn(engine)).toEqual([]);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("listeners hear of everything and can leave", async () => {
    const engine = await openEngine(target);
    await makeTable(engine);
    const log = recordSql(engine);
    const own: string[] = [];
    const conn = await engine.connect();
    const note = ({ sql }: { sql: string }) => void own.push(sql);
    listen(conn, "beforeCursorExecute", note);
    await conn.beginNested();
    await conn.scalar(text("SELECT 1"));
    await conn.getNestedTransaction()?.commit();
    unlisten(conn, "beforeCursorExecute", note);
    await conn.commit();
    await conn.scalar(text("SELECT 2"));
    await conn.close();
    expect(own).toEqual(["SELECT 1"]);
    expect(log).toEqual([
      "BEGIN (implicit)",
      "SAVEPOINT",
      "SELECT 1",
      "RELEASE",
      "COMMIT",
      "BEGIN (implicit)",
      "SELECT 2",
      "ROLLBACK",
    ]);
    expect(() => listen(engine, "beforeCursorExecut" as "beforeCursorExecute", note)).toThrow(
      /did you mean "beforeCursorExecute"/,
    );
  });

  test("execDriverSql takes the driver's own placeholders", async () => {
    const engine = await openEngine(target);
    const placeholder = target.database === "postgresql" ? "CAST($1 AS TEXT)" : "?";
    const result = await engine.connect((conn) => conn.execDriverSql(`SELECT ${placeholder} AS x`, ["v"]));
    expect(result.mappings().all()).toEqual([{ x: "v" }]);
  });

  test("echo logs statements but no credentials", async () => {
    const lines: string[] = [];
    const engine = await openEngine(target, {
      echo: "debug",
      echoPool: true,
      logger: (line) => lines.push(line),
      hideParameters: true,
    });
    await makeTable(engine);
    await engine.begin((conn) => conn.execute(insert, { id: 1, name: "s3cret" }));
    await engine.execute(text("SELECT 1"));
    const all = lines.join("\n");
    expect(all).toMatch(/\[athanor\] BEGIN\n.*INSERT INTO item[^]*hidden[^]*COMMIT/);
    expect(all).toContain("Row [");
    expect(all).toContain("connection taken");
    expect(all).not.toContain("s3cret");
  });
});

const plain = {
  kind: "text",
  sql: "",
  slots: [],
  pieces: null,
  columns: null,
  elements: null,
  exactIntegers: true,
  prepare: false,
} as const;

function* later<T>(value: PromiseLike<T>): Generator<PromiseLike<unknown>, T, unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function" ? ((yield value) as T) : (value as T);
}

async function caught(body: () => unknown): Promise<unknown> {
  try {
    await body();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What the database itself says, or does, about the transaction that is running. */
async function levelInside(conn: AsyncConnection, engine: AsyncEngine, target: Target): Promise<string> {
  if (target.database === "sqlite") {
    const value = await conn.scalar(text("SELECT read_uncommitted FROM pragma_read_uncommitted"));
    return Number(value) === 1 ? "READ UNCOMMITTED" : "SERIALIZABLE";
  }
  if (target.database === "postgresql") {
    return String(await conn.scalar(text("SELECT current_setting('transaction_isolation')"))).toUpperCase();
  }
  // MariaDB has no name for it, but one can see what another connection has not committed
  const other = await engine.connect();
  await other.execute(insert, { id: 77, name: "uncommitted" });
  const seen = await conn.scalar(names);
  await other.close();
  return seen === "uncommitted" ? "READ UNCOMMITTED" : "a stricter level";
}
