// Both ways to test an application that commits, shown with the examples: A3-56.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Executable, func, select } from "athanor";
import { newNonCtxAtomicSession } from "athanor/context";
import { rolledBack, truncateAll } from "athanor/testing";
import { Account, Base, database, Transfer } from "../../../examples/bank/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { type Application, applications, type Started } from "./applications.ts";

const balances = select(Account.c.balance).orderBy(Account.c.id);
const states = select(Transfer.c.state).orderBy(Transfer.c.id);
const accounts = () => [new Account({ owner: "Alice", balance: 100 }), new Account({ owner: "Bob", balance: 0 })];

describeTargets(
  "the web applications",
  (target) => {
    beforeAll(async () => {
      await database.connect(await target.url());
      await Base.metadata.createAll(await database.engine());
    });
    afterAll(() => database.close());

    describe.each(applications)("$name", (application) => {
      describe("with real commits, and tables emptied after each test", () => realCommits(application));
      describe("in one transaction that is rolled back", () => oneTransaction(application));
    });
  },
  ["promises"],
);

/** What everybody sees: read by a session of its own. */
function committed(statement: Executable): Promise<readonly unknown[]> {
  return newNonCtxAtomicSession(database, async (session) => (await session.scalars(statement)).all());
}

function realCommits(application: Application): void {
  let app: Started;
  beforeAll(async () => {
    await truncateAll(await database.engine(), Base.metadata); // keys do not go back with what was rolled back
    app = await application.start();
  });
  afterAll(() => app[Symbol.asyncDispose]());
  afterEach(async () => {
    const engine = await database.engine();
    expect(engine.pool.checkedOut()).toBe(0);
    await truncateAll(engine, Base.metadata);
  });

  test("an account is there for all once its response is", async () => {
    const opened = await app.post("/accounts", { owner: "Alice", deposit: 100 });
    expect(opened).toEqual({ status: 201, body: { id: 1, owner: "Alice", balance: 100 } });
    expect(await committed(balances)).toEqual([100]);
    expect(await app.get("/accounts")).toEqual({ status: 200, body: [opened.body] });
  });

  test("a refused deposit rolls the account back", async () => {
    const refused = await app.post("/accounts", { owner: "Alice", deposit: 0 });
    expect(refused).toEqual({ status: 422, body: { error: "An account begins with money in it." } });
    expect(await committed(balances)).toEqual([]);
  });

  test("an owner that is there already is refused by the database", async () => {
    await app.post("/accounts", { owner: "Alice", deposit: 100 });
    expect(await app.post("/accounts", { owner: "Alice", deposit: 5 })).toMatchObject({ status: 409 });
    expect(await committed(balances)).toEqual([100]);
  });

  test("a body of the wrong form is refused", async () => {
    expect(await app.post("/accounts", {})).toEqual({ status: 422, body: { error: "owner is a text." } });
    const backwards = { payerId: 1, payeeId: 2, amount: -5 };
    expect(await app.post("/transfers", backwards)).toMatchObject({ body: { error: "amount is more than nothing." } });
  });

  describe("with two accounts", () => {
    beforeEach(() => newNonCtxAtomicSession(database, (session) => session.addAll(accounts())));

    test("a transfer moves money", async () => {
      const done = await app.post("/transfers", { payerId: 1, payeeId: 2, amount: 70 });
      expect(done).toEqual({ status: 201, body: { id: 1, payerId: 1, payeeId: 2, amount: 70, state: "done" } });
      expect([await committed(balances), await committed(states)]).toEqual([[30, 70], ["done"]]);
    });

    test("what was asked for stays, and nothing else, when a transfer is refused", async () => {
      const refused = await app.post("/transfers", { payerId: 1, payeeId: 2, amount: 170 });
      expect(refused).toEqual({ status: 422, body: { error: "Alice does not have that much." } });
      expect([await committed(balances), await committed(states)]).toEqual([[100, 0], ["asked"]]);
    });

    test("an account that is not there is refused by the database", async () => {
      expect(await app.post("/transfers", { payerId: 1, payeeId: 3, amount: 70 })).toMatchObject({ status: 409 });
      expect([await committed(balances), await committed(states)]).toEqual([[100, 0], []]);
    });

    test("transfers at the same time lose nothing", async () => {
      const asked = Array.from({ length: 8 }, () => app.post("/transfers", { payerId: 1, payeeId: 2, amount: 20 }));
      const done = (await Promise.all(asked)).filter(({ status }) => status === 201);
      expect([done.length, (await committed(states)).length]).toEqual([5, 8]);
      expect(await committed(balances)).toEqual([0, 100]);
    });
  });
}

function oneTransaction(application: Application): void {
  afterEach(async () => {
    expect((await database.engine()).pool.checkedOut()).toBe(0);
    expect(await committed(select(func.count(Account.c.id)))).toEqual([0]);
    expect(await committed(select(func.count(Transfer.c.id)))).toEqual([0]);
  });

  test(
    "the test sees what the application commits",
    rolledBack(database, async (session) => {
      // A server has the context of whoever lets it listen: the test's.
      await using app = await application.start();
      const opened = await app.post("/accounts", { owner: "Alice", deposit: 100 });
      expect(opened).toMatchObject({ status: 201, body: { owner: "Alice", balance: 100 } });
      expect(await app.get("/accounts")).toEqual({ status: 200, body: [opened.body] });
      expect((await session.scalars(balances)).all()).toEqual([100]);
    }),
  );

  test(
    "the application sees what the test adds, and its blocks are savepoints",
    rolledBack(database, async (session) => {
      await using app = await application.start();
      const [alice, bob] = accounts();
      session.addAll([alice, bob] as Account[]);
      await session.flush();
      const order = { payerId: alice?.id, payeeId: bob?.id, amount: 70 };
      expect(await app.post("/transfers", order)).toMatchObject({ status: 201, body: { state: "done" } });
      expect(await app.post("/transfers", order)).toMatchObject({ status: 422 });
      expect((await app.get("/accounts")).body).toMatchObject([{ balance: 30 }, { balance: 70 }]);
      expect((await session.scalars(balances)).all()).toEqual([30, 70]);
      expect((await session.scalars(states)).all()).toEqual(["done", "asked"]);
    }),
  );
}
