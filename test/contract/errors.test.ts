// Each mistake has its error: the class, its code, and a message that tells what to do; on every driver, in both colours.
import { inspect } from "node:util";
import { expect, test } from "vitest";
import {
  AsyncSession,
  AthanorError,
  bindparam,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  type EngineOptions,
  integer,
  select,
  Session,
  string,
  text,
} from "../../src/index.ts";
import { describeTargets } from "../targets/index.ts";
import { openEngine } from "./open-engine.ts";

const SECRET = "s3cret";

interface Expected {
  readonly name: string;
  readonly code: string;
  readonly says: readonly (string | RegExp)[];
}

/** What was thrown, or what a promise was rejected with. */
async function failure(body: () => unknown): Promise<AthanorError> {
  try {
    await body();
  } catch (error) {
    expect(error).toBeInstanceOf(AthanorError);
    return error as AthanorError;
  }
  throw new Error("nothing was thrown");
}

function expectError(error: AthanorError, { name, code, says }: Expected): void {
  expect({ name: error.name, code: error.code }).toEqual({ name, code });
  for (const words of says) expect(error.message).toMatch(words);
}

/** An error in every form in which it may reach a log. */
function everyForm(error: unknown): string {
  const causes: unknown[] = [];
  for (let cause = error; cause instanceof Error; cause = cause.cause) causes.push(cause);
  return [
    String(error),
    inspect(error, { depth: 10, showHidden: true }),
    JSON.stringify(error),
    ...causes.map((cause) => JSON.stringify({ ...(cause as object) })),
    ...causes.map((cause) => (cause as Error).stack ?? ""),
  ].join("\n");
}

function users(name: string) {
  const Base = declarativeBase();
  class User extends Base.mapped(name, {
    id: integer().primaryKey(),
    name: string(20).unique(),
    email: string(20),
  }) {}
  return { Base, User };
}

describeTargets("errors", (target) => {
  const create = (url: string, options?: EngineOptions) =>
    target.mode === "sync" ? createEngine(url, options) : createAsyncEngine(url, options);
  const open = async (options: EngineOptions = {}) => {
    const engine = await openEngine(target, options);
    const { Base, User } = users("error_users");
    await Base.metadata.createAll(engine);
    // one body serves both colours, as awaiting a value is harmless
    const session = (target.mode === "sync" ? new Session(engine as never) : new AsyncSession(engine)) as AsyncSession;
    return { engine, session, User };
  };

  test("a wrong URL", async () => {
    const wrong = await failure(() => create(`${target.database}:/shop`));
    expectError(wrong, { name: "ArgumentError", code: "argu", says: [/not a database URL/, /looks like dialect/] });
    const unknown = await failure(() => create(`${target.database}x://localhost/shop`));
    expectError(unknown, { name: "NoSuchModuleError", code: "nsme", says: [/no dialect/, /sqlite, postgresql/] });
    const port = await failure(() => create(`postgresql://scott:${SECRET}@h:port/x`));
    expectError(port, { name: "ArgumentError", code: "argu", says: [/port is not a number/] });
    expect(everyForm(port)).not.toContain(SECRET);
  });

  test("an unknown option, or a wrong value of one", async () => {
    const url = await target.url();
    const unknown = await failure(() => create(url, { pool_size: 5 } as EngineOptions));
    expectError(unknown, { name: "ArgumentError", code: "argu", says: [/no option "pool_size"/, /mean poolSize\?/] });
    const wrong = await failure(() => create(url, { poolSize: "5" as never }));
    expectError(wrong, { name: "ArgumentError", code: "argu", says: [/poolSize of create/, /whole number from 0/] });
  });

  test("an unknown driver", async () => {
    const error = await failure(() => create(`${target.database}+nope://scott:${SECRET}@h/shop`));
    expectError(error, {
      name: "NoSuchModuleError",
      code: "nsme",
      says: [/no driver "nope"/, /Known are/, /option driver/],
    });
    expect(everyForm(error)).not.toContain(SECRET);
  });

  test("a class that is not mapped", async () => {
    const { session, engine } = await open();
    class Plain {
      id = 1;
    }
    const says = [/Plain is not mapped/, /Base\.mapped\(/];
    for (const call of [
      () => session.get(Plain, 1),
      () => session.execute(select(Plain)),
      () => engine.execute(select(Plain)),
    ]) {
      expectError(await failure(call), { name: "UnmappedClassError", code: "unmc", says });
    }
    const object = await failure(() => session.add({ name: "Alice" }));
    expectError(object, {
      name: "UnmappedInstanceError",
      code: "unmi",
      says: [/no object of a mapped class/, /new User\(/],
    });
    await session.close();
  });

  test("a bind without a value", async () => {
    const { engine, session, User } = await open();
    const says = [
      /value is required for bind parameter "name"/,
      /execute\(statement, \{ name: … \}\)/,
      /\[SQL: SELECT/,
    ];
    for (const call of [
      () => engine.execute(text("SELECT :name")),
      () => engine.connect((connection) => connection.scalar(text("SELECT :name"))),
      () => session.execute(select(User).where(User.c.name.eq(bindparam("name")))),
      () => session.scalars(select(User).where(User.c.name.eq(bindparam("name"))), { nmae: "x" }),
    ]) {
      const error = await failure(call);
      expectError(error, { name: "StatementError", code: "cd3x", says });
      expect(error.cause).toBeInstanceOf(AthanorError);
    }
    await session.close();
  });

  test("a value that is there twice", async () => {
    const { session, User } = await open();
    session.add(new User({ name: "Alice", email: "a" }));
    await session.commit();
    session.add(new User({ name: "Alice", email: SECRET }));
    const error = await failure(() => session.flush());
    expectError(error, { name: "UniqueViolation", code: "uniq", says: [/\[SQL: INSERT INTO/, /\[parameters: /] });
    expect(error.cause).toBeInstanceOf(Error);
    expect(error).toMatchObject({ isRetryable: false, isDisconnect: false });
    expect((error as { constraint?: unknown }).constraint).toMatch(/name/);
    const next = await failure(() => session.execute(select(User)));
    expectError(next, { name: "PendingRollbackError", code: "7s2a", says: [/rollback\(\)/] });
    await session.rollback();
    expect((await session.scalars(select(User.c.name))).all()).toEqual(["Alice"]);
    await session.close();
  });

  test("hideParameters keeps values out of every form", async () => {
    const { engine, session, User } = await open({ hideParameters: true });
    const value = "hidden-value";
    session.add(new User({ name: value, email: "a" }));
    await session.commit();
    session.add(new User({ name: value, email: "b" }));
    const violation = await failure(() => session.flush());
    expectError(violation, { name: "UniqueViolation", code: "uniq", says: [/parameters hidden by hideParameters/] });
    expect((violation as { params?: unknown }).params).toBeUndefined();
    for (const error of [violation, await failure(() => session.execute(select(User)))]) {
      expect([String(error), JSON.stringify(error), error.message].join()).not.toContain(value);
    }
    await session.rollback();
    await session.close();
    if (target.database === "sqlite") return; // takes any value
    const long = value.repeat(3);
    for (const statement of [
      "SELECT CAST(:given AS DECIMAL(1)) FROM nowhere",
      "INSERT INTO error_users (name, email, id) VALUES ('x', 'y', :given)",
    ]) {
      const wrong = await failure(() => engine.execute(text(statement), { given: long }));
      expect([String(wrong), JSON.stringify(wrong)].join()).not.toContain(value);
    }
  });

  test("a table that is not there", async () => {
    const { session } = await open();
    const { User } = users("forgotten_users");
    const error = await failure(() => session.execute(select(User)));
    expectError(error, { name: "ProgrammingError", code: "f405", says: [/forgotten_users/, /\[SQL: SELECT/] });
    await session.close();
  });

  test("a string instead of a statement", async () => {
    const { engine, session } = await open();
    const says = [/string is no statement/, /text\("…"\)/];
    for (const call of [
      () => engine.execute("SELECT 1" as never),
      () => engine.connect((connection) => connection.execute("SELECT 1" as never)),
      () => session.execute("SELECT 1" as never),
      () => session.scalars("SELECT 1" as never),
    ]) {
      expectError(await failure(call), { name: "ArgumentError", code: "argu", says });
    }
    await session.close();
  });

  test("parameters in a list", async () => {
    const engine = await openEngine(target);
    const error = await failure(() => engine.execute(text("SELECT :id"), [1] as never));
    expectError(error, { name: "ArgumentError", code: "argu", says: [/by name/, /\{ id: 1 \}/] });
  });

  test("a server that cannot be reached", async () => {
    if (target.database === "sqlite") {
      const engine = create(`sqlite+${target.driver}:////nowhere/at/all.db`);
      const error = await failure(() => engine.execute(text("SELECT 1")));
      expectError(error, { name: "OperationalError", code: "e3q8", says: [/\/nowhere\/at\/all\.db/] });
      return;
    }
    const engine = create(`${target.database}+${target.driver}://scott:${SECRET}@127.0.0.1:1/shop`);
    for (const call of [() => engine.connect(), () => engine.execute(text("SELECT 1")), () => engine.begin(() => 1)]) {
      const error = await failure(call);
      expectError(error, {
        name: "OperationalError",
        code: "e3q8",
        says: [/could not connect to .*127\.0\.0\.1:1/, /Check that the server is running/],
      });
      expect(error.cause).toBeInstanceOf(Error);
      expect(everyForm(error)).not.toContain(SECRET);
    }
    await engine.dispose();
  });

  test("a password that is wrong is not shown", async () => {
    if (target.database === "sqlite") return; // has none
    const url = (await target.url()).replace(/\/\/[^@/]*@/, `//no_such_user:${SECRET}@`);
    const engine = create(url);
    const error = await failure(() => engine.connect());
    expect(["OperationalError", "ProgrammingError"]).toContain(error.name);
    expect(error.message).toContain("no_such_user");
    expect(everyForm(error)).not.toContain(SECRET);
    expect([String(engine.url), inspect(engine, { depth: 6 }), JSON.stringify(engine.url)].join()).not.toContain(
      SECRET,
    );
    await engine.dispose();
  });
});
