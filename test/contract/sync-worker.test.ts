// Sync engines over drivers that answer with promises: their connections live in a worker thread.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, inject, test } from "vitest";
import {
  ArgumentError,
  AwaitRequired,
  bytes,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  type Engine,
  integer,
  json,
  many,
  OperationalError,
  one,
  select,
  Session,
  selectinload,
  string,
  text,
  UniqueViolation,
} from "../../src/index.ts";
import type { Driver } from "../../src/driver/index.ts";
import { ownMariadbDatabase, ownPostgresqlDatabase } from "../targets/own-database.ts";

const databases = [
  { name: "postgresql", driver: "pg", own: ownPostgresqlDatabase, kill: "SELECT pg_terminate_backend(:id)" },
  { name: "mariadb", driver: "mariadb", own: ownMariadbDatabase, kill: "KILL :id" },
  { name: "mariadb", driver: "mysql2", own: ownMariadbDatabase, kill: "KILL :id" },
] as const;

const Base = declarativeBase();

class Crate extends Base.mapped("crates", {
  id: integer().primaryKey(),
  label: string(50).unique(),
  content: bytes().nullable(),
  notes: json<{ readonly weight: number }>().nullable(),
  get bottles() {
    return many(Bottle, { backPopulates: "crate", cascade: "all, delete-orphan" });
  },
}) {}

class Bottle extends Base.mapped("bottles", {
  id: integer().primaryKey(),
  label: string(50),
  get crateId() {
    return integer().references(Crate.c.id);
  },
  get crate() {
    return one(Crate, { backPopulates: "bottles" });
  },
}) {}

const opened: { dispose(): unknown }[] = [];
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.dispose();
});

function open(url: string): Engine {
  const engine = createEngine(url);
  opened.push(engine);
  return engine;
}

for (const { name, driver, own, kill } of databases) {
  const server = inject(name);
  describe.skipIf("skipped" in server)(`a sync engine over ${driver}`, () => {
    test("serves a session: objects, lazy loading, transactions", async () => {
      const engine = open(await own(driver));
      Base.metadata.createAll(engine);
      using session = new Session(engine);
      const content = new Uint8Array([0, 255, 7]);
      session.add(new Crate({ label: "A", content, notes: { weight: 2 }, bottles: [new Bottle({ label: "Ö 🍾" })] }));
      session.commit();
      session.expungeAll();
      const crate = session.scalars(select(Crate)).one();
      expect(crate).toEqual({ id: 1, label: "A", content, notes: { weight: 2 } });
      expect(crate.bottles.map((bottle) => bottle.label)).toEqual(["Ö 🍾"]);
      crate.label = "B";
      session.rollback();
      expect(session.scalars(select(Crate).options(selectinload(Crate.c.bottles))).one().label).toBe("A");
      session.close();
      expect(engine.pool.checkedOut()).toBe(0);
    });

    test("gives rows in pieces, and takes statements meanwhile", async () => {
      const engine = open(await own(driver));
      Base.metadata.createAll(engine);
      engine.begin((connection) => {
        const crates = Array.from({ length: 2500 }, (_, index) => ({ id: index + 1, label: `crate ${index + 1}` }));
        connection.execute(text("INSERT INTO crates (id, label) VALUES (:id, :label)"), crates);
      });
      engine.connect((connection) => {
        const seen: number[] = [];
        for (const [id] of connection.stream(select(Crate.c.id).orderBy(Crate.c.id))) {
          seen.push(id);
          if (id === 1500) expect(connection.scalar(text("SELECT count(*) FROM crates"))).toBe(2500);
        }
        expect(seen).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
      });
      expect(engine.pool.checkedOut()).toBe(0);
    });

    test("throws what the database says", async () => {
      const engine = open(await own(driver));
      Base.metadata.createAll(engine);
      using session = new Session(engine);
      session.addAll([new Crate({ label: "A" }), new Crate({ label: "A" })]);
      const error = caught(() => session.commit());
      expect(error).toBeInstanceOf(UniqueViolation);
      expect((error as UniqueViolation).sql).toMatch(/^INSERT INTO/);
      expect(error.stack).toContain("sync-worker.test.ts");
      session.rollback();
      expect(session.scalars(select(Crate)).all()).toEqual([]);
    });

    test("notices a connection that was killed, and goes on with another", async () => {
      const engine = open(await own(driver));
      const idOf = driver === "pg" ? "SELECT pg_backend_pid()" : "SELECT connection_id()";
      const connection = engine.connect();
      const id = connection.scalar(text(idOf)) as number;
      connection.commit();
      engine.execute(text(kill), { id });
      const error = caught(() => connection.execute(text("SELECT 1")));
      expect(error).toBeInstanceOf(OperationalError);
      expect((error as OperationalError).isDisconnect).toBe(true);
      connection.close();
      expect(engine.connect((other) => other.scalar(text("SELECT 2")))).toBe(2);
      expect(engine.pool.checkedOut()).toBe(0);
    });

    test("is what an async engine gives plain functions, in the same transaction", async () => {
      const engine = createAsyncEngine(await own(driver), { sync: "worker" });
      opened.push(engine);
      await Base.metadata.createAll(engine);
      await engine.begin(async (connection) => {
        await connection.execute(text("INSERT INTO crates (id, label) VALUES (1, 'A')"));
        const found = await connection.runSync((inner) => {
          inner.execute(text("INSERT INTO crates (id, label) VALUES (2, 'B')"));
          return inner.execute(text("SELECT count(*) FROM crates")).scalar();
        });
        expect(found).toBe(2);
      });
      expect(engine.syncEngine.connect((connection) => connection.scalar(text("SELECT count(*) FROM crates")))).toBe(2);
      const rows = await Promise.all(
        [1, 2, 3].map(async (value) => (await engine.execute(text("SELECT :value + 0"), { value })).scalar()),
      );
      expect(rows.map(Number)).toEqual([1, 2, 3]);
    });

    test("does not keep the process alive", async () => {
      const url = await own(driver);
      const library = new URL("../../src/index.ts", import.meta.url).href;
      const program = `
        import { createEngine, text } from ${JSON.stringify(library)};
        const connection = createEngine(${JSON.stringify(url)}).connect();
        console.log(connection.scalar(text("SELECT 42")));`;
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
      expect(stdout).toBe("42\n");
    });
  });
}

describe("what a sync engine cannot take", () => {
  const url = "postgresql://nobody@127.0.0.1:1/nowhere";

  test("a driver that answers with promises, when it may not use a worker", () => {
    expect(() => createEngine(url, { sync: false })).toThrow(AwaitRequired);
    expect(() => createAsyncEngine(url).syncEngine).toThrow(/option sync: "worker"/);
  });

  test("a driver of the application's own that answers with promises", () => {
    const driver: Driver = {
      name: "mine",
      dialect: "postgresql",
      answersAtOnce: false,
      connect: () => Promise.reject(new ArgumentError("not reached")),
      describeError: () => null,
    };
    expect(() => createEngine(url, { driver })).toThrow(/mine answers with promises.*createAsyncEngine/s);
  });

  test("connectArgs that no other thread can have", () => {
    const engine = open(url);
    opened.push(engine);
    const withFunction = createEngine(url, { connectArgs: { password: () => "secret" } });
    expect(() => withFunction.connect()).toThrow(/connectArgs hold a value that cannot be sent/);
  });

  test("a server that is not there says where it should be", () => {
    const error = caught(() => open(url).connect());
    expect(error).toBeInstanceOf(OperationalError);
    expect(error.message).toContain("127.0.0.1:1");
  });

  test("an unknown value of the option", () => {
    expect(() => createEngine(url, { sync: "thread" as never })).toThrow(ArgumentError);
  });
});

function caught(body: () => unknown): Error {
  try {
    body();
  } catch (error) {
    return error as Error;
  }
  throw new ArgumentError("nothing was thrown");
}
