// Errors are provoked on real databases, described by the driver and classified by the dialect's table.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { classify } from "../../../src/dialect/index.ts";
import type { DriverConnection } from "../../../src/driver/index.ts";
import * as errors from "../../../src/errors/index.ts";
import {
  type DriverUnderTest,
  everyDriver,
  failure,
  onBetterSqlite3,
  isMysql,
  onMariadb,
  onMysql2,
  onNodeSqlite,
  onPg,
  once,
  prepared,
} from "./open-driver.ts";

let opened: DriverConnection[] = [];

async function open(on: DriverUnderTest, changes = {}): Promise<DriverConnection> {
  const connection = await on.open(changes);
  opened.push(connection);
  return connection;
}

afterEach(async () => {
  for (const connection of opened) await connection.close();
  opened = [];
});

async function classified(on: DriverUnderTest, run: () => unknown): Promise<errors.DBAPIError> {
  const cause = await failure(run);
  const info = on.driver.describeError(cause);
  if (info === null) throw cause;
  return classify(info, on.dialect.errors, { driver: on.name, cause });
}

describe.each(everyDriver.map((on) => [on.name, on] as const))("errors of %s", (_name, on) => {
  describe.skipIf(on.skipped)("statements", () => {
    let connection: DriverConnection;
    const run = (sql: string) => classified(on, () => connection.execute(sql, [], prepared));

    beforeEach(async () => {
      connection = await open(on);
      // MariaDB has no foreign keys on temporary tables
      const temporary = isMysql(on) ? "" : "TEMPORARY ";
      await connection.execute("DROP TABLE IF EXISTS error_child", [], once);
      await connection.execute("DROP TABLE IF EXISTS error_parent", [], once);
      await connection.execute(
        `CREATE ${temporary}TABLE error_parent (id INTEGER PRIMARY KEY, code VARCHAR(5) NOT NULL, CONSTRAINT uq_code UNIQUE (code))`,
        [],
        once,
      );
      await connection.execute(
        `CREATE ${temporary}TABLE error_child (id INTEGER PRIMARY KEY, parent INTEGER, n INTEGER, CONSTRAINT ck_n CHECK (n > 0), ` +
          "CONSTRAINT fk_parent FOREIGN KEY (parent) REFERENCES error_parent (id))",
        [],
        once,
      );
      await connection.execute("INSERT INTO error_parent VALUES (1, 'a')", [], once);
      await connection.execute("INSERT INTO error_child VALUES (1, 1, 1)", [], once);
    });
    afterEach(async () => {
      if (!isMysql(on)) return;
      await connection.execute("DROP TABLE error_child", [], once);
      await connection.execute("DROP TABLE error_parent", [], once);
    });

    const isSqlite = on.dialect.name === "sqlite";

    test("unique", async () => {
      const error = await run("INSERT INTO error_parent VALUES (2, 'a')");
      expect(error).toBeInstanceOf(errors.UniqueViolation);
      expect(error).toMatchObject({
        constraint: isSqlite ? "error_parent.code" : "uq_code",
        isRetryable: false,
        isDisconnect: false,
      });
      expect(error.message).toContain(`(${on.name} ${error.databaseCode}) `);
    });

    test("primary key", async () => {
      expect(await run("INSERT INTO error_parent VALUES (1, 'b')")).toBeInstanceOf(errors.UniqueViolation);
    });

    test("foreign key, both ways", async () => {
      const orphan = await run("INSERT INTO error_child VALUES (2, 99, 1)");
      expect(orphan).toBeInstanceOf(errors.ForeignKeyViolation);
      expect(orphan.constraint).toBe(isSqlite ? undefined : "fk_parent");
      expect(await run("DELETE FROM error_parent")).toBeInstanceOf(errors.ForeignKeyViolation);
    });

    test("not null", async () => {
      expect(await run("INSERT INTO error_parent VALUES (2, NULL)")).toBeInstanceOf(errors.NotNullViolation);
    });

    test("check", async () => {
      const error = await run("INSERT INTO error_child VALUES (2, 1, 0)");
      expect(error).toBeInstanceOf(errors.CheckViolation);
      expect(error.constraint).toBe("ck_n");
    });

    test("all of them are integrity errors", async () => {
      expect(await run("INSERT INTO error_child VALUES (1, 99, 0)")).toBeInstanceOf(errors.IntegrityError);
    });

    test("syntax, unknown table, unknown column", async () => {
      expect(await run("SELEC 1")).toBeInstanceOf(errors.ProgrammingError);
      expect(await run("SELECT * FROM no_such_table")).toBeInstanceOf(errors.ProgrammingError);
      expect(await run("SELECT no_such_column FROM error_parent")).toBeInstanceOf(errors.ProgrammingError);
    });

    // SQLite takes any value
    test.skipIf(isSqlite)("data", async () => {
      expect(await run("INSERT INTO error_parent VALUES (2, 'much too long')")).toBeInstanceOf(errors.DataError);
      expect(await run("INSERT INTO error_parent VALUES (99999999999, 'x')")).toBeInstanceOf(errors.DataError);
    });

    test("what is not the driver's is not described", async () => {
      expect(on.driver.describeError(new TypeError("x is not a function"))).toBeNull();
      expect(on.driver.describeError(new errors.ArgumentError("ours"))).toBeNull();
      expect(on.driver.describeError("text")).toBeNull();
      expect(on.driver.describeError(undefined)).toBeNull();
    });

    test("details and parameters stay out when parameters are hidden", async () => {
      const cause = await failure(() => connection.execute("INSERT INTO error_parent VALUES (2, 'a')", [], prepared));
      const info = on.driver.describeError(cause);
      const error = classify(info!, on.dialect.errors, {
        driver: on.name,
        cause,
        sql: "INSERT",
        params: ["s3cret"],
        hideParameters: true,
      });
      expect(error.message).not.toContain("s3cret");
      expect(error.message).not.toContain("Key (code)");
      expect(error.params).toBeUndefined();
      expect(error.cause).toBe(cause);
    });
  });
});

describe.each([onPg, onMariadb, onMysql2].map((on) => [on.name, on] as const))("servers: %s", (_name, on) => {
  describe.skipIf(on.skipped)("connections", () => {
    const connecting = (changes: Parameters<DriverUnderTest["target"]>[0]) =>
      classified(on, () => on.driver.connect(on.target(changes)));

    test("nobody listens", async () => {
      const error = await connecting({ port: 1, password: "s3cret" });
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error.message).toContain("127.0.0.1:1");
      expect(error.message).toContain("Check that the server is running");
      expect(error.message).not.toContain("s3cret");
      expect(error.databaseCode).toBe("ECONNREFUSED");
    });

    test("unknown host", async () => {
      const error = await connecting({ host: "no-such-host.invalid" });
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error.message).toContain("no-such-host.invalid");
    });

    test("unknown database", async () => {
      const error = await connecting({ database: "no_such_database" });
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error.message).toContain("no_such_database");
      expect(error.isDisconnect).toBe(false);
    });

    test("unknown user", async () => {
      const error = await connecting({ username: "no_such_user", password: "s3cret" });
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error.message).not.toContain("s3cret");
    });

    test("TLS that the server does not have", async () => {
      for (const sslmode of ["require", "verify-full"]) {
        const error = await connecting({ query: { sslmode } });
        expect(error).toBeInstanceOf(errors.OperationalError);
        expect(error.message).toMatch(/127\.0\.0\.1.*(?:ssl|secure)/i);
      }
      // nobody asked for any: none is needed
      await open(on, { query: { sslmode: "disable" } });
    });

    test("killed while idle", async () => {
      const victim = await open(on);
      await kill(on, victim);
      await expect.poll(() => victim.alive).toBe(false);
      const error = await classified(on, () => victim.execute("SELECT 1", [], prepared));
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error).toMatchObject({ isDisconnect: true, isRetryable: true });
    });

    test("killed while busy", async () => {
      const victim = await open(on);
      const sleep = on === onPg ? "SELECT pg_sleep(30)" : "SELECT SLEEP(30)";
      const failed = classified(on, () => victim.execute(sleep, [], prepared));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await kill(on, victim);
      const error = await failed;
      expect(error).toBeInstanceOf(errors.OperationalError);
      expect(error.isDisconnect).toBe(true);
      expect(victim.alive).toBe(false);
    });

    test("killed while a cursor is open", async () => {
      const victim = await open(on);
      await victim.execute("BEGIN", [], once);
      const numbers =
        on === onPg ? "SELECT generate_series(1, 1000000)" : "SELECT seq, REPEAT('x', 1000) FROM seq_1_to_1000000";
      const cursor = await victim.openCursor(numbers, [], prepared);
      await cursor.fetch(10);
      await kill(on, victim);
      const error = await classified(on, async () => {
        for (let i = 0; i < 2000; i++) await cursor.fetch(1000);
      });
      expect(error.isDisconnect).toBe(true);
      await cursor.close();
      expect(victim.alive).toBe(false);
    });

    test("a deadlock is retryable", async () => {
      const [one, two] = [await open(on), await open(on)];
      await createRows(one);
      try {
        for (const [connection, id] of [
          [one, 1],
          [two, 2],
        ] as const) {
          await connection.execute("BEGIN", [], once);
          await connection.execute(`UPDATE locked_rows SET n = n + 1 WHERE id = ${id}`, [], once);
        }
        const crossing = [
          one.execute("UPDATE locked_rows SET n = n + 1 WHERE id = 2", [], once),
          two.execute("UPDATE locked_rows SET n = n + 1 WHERE id = 1", [], once),
        ];
        const error = await classified(on, () => Promise.all(crossing));
        expect(error).toBeInstanceOf(errors.SerializationError);
        expect(error.isRetryable).toBe(true);
        await Promise.allSettled(crossing);
      } finally {
        await dropRows(one, two);
      }
    });

    test("a lock that is not granted in time", async () => {
      const [one, two] = [await open(on), await open(on)];
      await createRows(one);
      try {
        await one.execute("BEGIN", [], once);
        await one.execute("UPDATE locked_rows SET n = 5 WHERE id = 1", [], once);
        await two.execute(on === onPg ? "SET lock_timeout = '50ms'" : "SET innodb_lock_wait_timeout = 1", [], once);
        const error = await classified(on, () => two.execute("UPDATE locked_rows SET n = 6 WHERE id = 1", [], once));
        expect(error).toBeInstanceOf(errors.LockTimeoutError);
      } finally {
        await dropRows(one, two);
      }
    });

    test("a statement that runs out of time", async () => {
      const connection = await open(on);
      await connection.execute(
        on === onPg ? "SET statement_timeout = '50ms'" : "SET max_statement_time = 0.05",
        [],
        once,
      );
      const slow =
        on === onPg ? "SELECT pg_sleep(5)" : "SELECT SUM(a.seq * b.seq) FROM seq_1_to_100000 a, seq_1_to_100000 b";
      const error = await classified(on, () => connection.execute(slow, [], once));
      expect(error).toBeInstanceOf(errors.QueryCanceledError);
      expect(connection.alive).toBe(true);
    });
  });
});

test.skipIf(onPg.skipped)("pg: a serialization failure is retryable", async () => {
  const [one, two] = [await open(onPg), await open(onPg)];
  await createRows(one);
  try {
    for (const connection of [one, two]) {
      await connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE", [], once);
      await connection.execute("SELECT SUM(n) FROM locked_rows", [], once);
    }
    await one.execute("UPDATE locked_rows SET n = n + 1 WHERE id = 1", [], once);
    await one.execute("COMMIT", [], once);
    const error = await classified(onPg, () => two.execute("UPDATE locked_rows SET n = n + 1 WHERE id = 1", [], once));
    expect(error).toBeInstanceOf(errors.SerializationError);
    expect(error.isRetryable).toBe(true);
  } finally {
    await dropRows(one, two);
  }
});

describe.each([onBetterSqlite3, onNodeSqlite].map((on) => [on.name, on] as const))("files: %s", (_name, on) => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "athanor-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("a locked database", async () => {
    const changes = { database: join(folder, "a.db"), query: { timeout: "0" } };
    const [one, two] = [await open(on, changes), await open(on, changes)];
    await one.execute("CREATE TABLE t (x)", [], once);
    await one.execute("BEGIN IMMEDIATE", [], once);
    expect(await classified(on, () => two.execute("INSERT INTO t VALUES (1)", [], once))).toBeInstanceOf(
      errors.LockTimeoutError,
    );
  });

  test("a snapshot that is too old is retryable", async () => {
    const changes = { database: join(folder, "a.db"), query: { timeout: "0" } };
    const [one, two] = [await open(on, changes), await open(on, changes)];
    await one.execute("PRAGMA journal_mode = WAL", [], once);
    await one.execute("CREATE TABLE t (x)", [], once);
    await one.execute("BEGIN", [], once);
    await one.execute("SELECT * FROM t", [], once);
    await two.execute("INSERT INTO t VALUES (1)", [], once);
    const error = await classified(on, () => one.execute("INSERT INTO t VALUES (2)", [], once));
    expect(error).toBeInstanceOf(errors.SerializationError);
    expect(error).toMatchObject({ isRetryable: true, databaseCode: "SQLITE_BUSY_SNAPSHOT" });
  });

  test("a folder that does not exist", async () => {
    const error = await failure(() => on.open({ database: join(folder, "no", "such", "a.db") }));
    expect(error).toBeInstanceOf(errors.OperationalError);
    expect((error as Error).message).toContain(join(folder, "no", "such"));
  });

  test("a file that must exist, a file that is no database, a read-only one", async () => {
    const database = join(folder, "a.db");
    expect(await failure(() => on.open({ database, query: { mode: "rw" } }))).toBeInstanceOf(errors.OperationalError);
    expect(await failure(() => on.open({ database, query: { mode: "sideways" } }))).toBeInstanceOf(
      errors.ArgumentError,
    );
    expect(await classified(on, () => on.open({ database: folder }))).toBeInstanceOf(errors.OperationalError);
    await (await open(on, { database })).execute("CREATE TABLE t (x)", [], once);
    const reader = await open(on, { database, query: { mode: "ro" } });
    expect(await classified(on, () => reader.execute("INSERT INTO t VALUES (1)", [], once))).toBeInstanceOf(
      errors.OperationalError,
    );
  });

  test("used after close", async () => {
    const connection = await on.open();
    await connection.close();
    expect(await classified(on, () => connection.execute("SELECT 1", [], prepared))).toBeInstanceOf(
      errors.InterfaceError,
    );
  });
});

async function kill(on: DriverUnderTest, victim: DriverConnection): Promise<void> {
  const killer = await open(on);
  const raw = victim.raw as { processID: number; threadId: number };
  if (on === onPg) await killer.execute("SELECT pg_terminate_backend($1)", [raw.processID], prepared);
  else await killer.execute(`KILL ${raw.threadId}`, [], once);
}

async function createRows(connection: DriverConnection): Promise<void> {
  await connection.execute("DROP TABLE IF EXISTS locked_rows", [], once);
  await connection.execute("CREATE TABLE locked_rows (id INTEGER PRIMARY KEY, n INTEGER)", [], once);
  await connection.execute("INSERT INTO locked_rows VALUES (1, 0), (2, 0)", [], once);
}

async function dropRows(...connections: readonly DriverConnection[]): Promise<void> {
  for (const connection of connections) await connection.execute("ROLLBACK", [], once);
  await connections[0]?.execute("DROP TABLE locked_rows", [], once);
}
