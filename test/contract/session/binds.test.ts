import {
  ArgumentError,
  AsyncSession,
  asyncSessionmaker,
  declarativeBase,
  insert,
  integer,
  listen,
  many,
  maybe,
  MetaData,
  select,
  selectinload,
  Session,
  sessionmaker,
  string,
  Table,
  text,
  UnboundExecutionError,
  unlisten,
  update,
} from "athanor";
import { describe, expect, it } from "vitest";
import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { AsyncSession as AsyncSessionType } from "../../../src/facade/async-session.ts";
import type { BindRequest, SessionBindOptions, SessionOptions } from "../../../src/orm/index.ts";
import { describeTargets, type Target } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { Employee, Engineer, Manager } from "../orm/company.ts";
import { openEngines } from "./open-engines.ts";
import { openSession } from "./open-session.ts";

const Sales = declarativeBase();
class Customer extends Sales.mapped("customers", {
  id: integer().primaryKey(),
  name: string(40),
  get orders() {
    return many(Order, { backPopulates: "customer" });
  },
}) {}
class Order extends Sales.mapped("orders", {
  id: integer().primaryKey(),
  item: string(40),
  get customerId() {
    return integer().references(Customer.c.id).nullable();
  },
  get customer() {
    return maybe(Customer, { backPopulates: "orders" });
  },
}) {}

const Logs = declarativeBase();
class Entry extends Logs.mapped("entries", {
  id: integer().primaryKey(),
  line: string(40),
}) {}

const plain = new MetaData();
const settings = new Table("settings", plain, { id: integer().primaryKey(), value: string(40) });

interface Databases {
  readonly sales: AsyncEngine;
  readonly logs: AsyncEngine;
  /** Which engine ran what, in order. */
  readonly log: string[];
}

async function openBoth(target: Target): Promise<Databases> {
  const [sales, logs] = await openEngines(target, [Sales.metadata, Logs.metadata, plain]);
  const log: string[] = [];
  for (const [name, engine] of [
    ["sales", sales],
    ["logs", logs],
  ] as const) {
    listen(engine, "beforeCursorExecute", ({ sql }) => void log.push(`${name} ${sql.split(" ")[0] ?? ""}`));
    for (const event of ["commit", "rollback", "savepoint", "releaseSavepoint"] as const)
      listen(engine, event, () => void log.push(`${name} ${event}`));
  }
  return { sales, logs, log };
}

type Options = SessionOptions & SessionBindOptions<AsyncEngine>;

function openUnbound(target: Target, options: Options): AsyncSessionType {
  return target.mode === "sync"
    ? (new Session(null, options as never) as unknown as AsyncSessionType)
    : new AsyncSession(null, options);
}

/** What a call throws, whichever way. */
async function thrown(body: () => unknown): Promise<Error> {
  try {
    await body();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describeTargets("several engines in one session", (target) => {
  describe("are found", () => {
    it("by base, class, table, then the session's own", async () => {
      const { sales, logs } = await openBoth(target);
      const session = openSession(target, sales, { binds: new Map([[Logs, logs]]) } as Options);
      expect(session.getBind()).toBe(sales);
      expect(session.bind).toBe(sales);
      expect(session.getBind({ mapper: Entry })).toBe(logs);
      expect(session.getBind({ mapper: Customer })).toBe(sales);
      expect(session.getBind({ clause: select(Entry.c.line) })).toBe(logs);
      expect(session.getBind({ clause: update(Entry) })).toBe(logs);
      expect(session.getBind({ clause: settings })).toBe(sales);
      session.bindMapper(Customer, logs);
      session.bindTable(settings, logs);
      expect(session.getBind({ mapper: Customer })).toBe(logs);
      expect(session.getBind({ mapper: Order })).toBe(sales);
      expect(session.getBind({ clause: settings })).toBe(logs);
      expect(session.getBind({ clause: select(settings.c.value) })).toBe(logs);
      // the first class of a statement counts; then any table in it
      expect(session.getBind({ clause: select(Customer).join(Customer.c.orders) })).toBe(logs);
      expect(session.getBind({ clause: select(Order).join(Order.c.customer) })).toBe(logs);
      // an engine that is given goes before everything
      expect(session.getBind({ mapper: Customer, bind: sales })).toBe(sales);
      await session.close();
    });

    it("by the class before its table, and a table by its own name before its class's", async () => {
      const { sales, logs } = await openBoth(target);
      for (const key of [Customer, Sales]) {
        const session = openUnbound(target, {
          binds: [
            [Customer.table, logs],
            [key, sales],
          ],
        });
        expect(session.getBind({ mapper: Customer })).toBe(sales);
        expect(session.getBind({ clause: select(Customer) })).toBe(sales);
        expect(session.getBind({ clause: Customer.table })).toBe(logs);
        await session.close();
      }
    });

    it("by the class that a class extends, unless it is named itself", async () => {
      const { sales, logs } = await openBoth(target);
      const session = openSession(target, sales, { binds: [[Employee, logs]] } as Options);
      expect([Employee, Manager, Engineer].map((mapper) => session.getBind({ mapper }))).toEqual([logs, logs, logs]);
      expect(session.getBind({ clause: select(Manager.c.budget) })).toBe(logs);
      session.bindMapper(Engineer, sales);
      expect([Employee, Manager, Engineer].map((mapper) => session.getBind({ mapper }))).toEqual([logs, logs, sales]);
      expect(session.getBind({ mapper: Customer })).toBe(sales);
      await session.close();
    });

    it("are told as they were named", async () => {
      const { sales, logs } = await openBoth(target);
      const session = openUnbound(target, { binds: [[Logs, logs]] });
      session.bindMapper(Customer, sales);
      session.bindTable(settings, logs);
      expect([...session.binds]).toEqual([
        [Logs, logs],
        [Customer, sales],
        [settings, logs],
      ]);
      expect([session.bind, session.executionOptions]).toEqual([null, {}]);
      const options = { populateExisting: true };
      const other = openSession(target, sales, { executionOptions: options });
      expect([other.binds.size, other.bind, other.executionOptions]).toEqual([0, sales, options]);
      await session.close();
      await other.close();
    });

    it("before the base: a class of it that is named itself, in whichever order", async () => {
      const { sales, logs } = await openBoth(target);
      for (const binds of [
        [
          [Sales, sales],
          [Order, logs],
        ],
        [
          [Order, logs],
          [Sales, sales],
        ],
      ] as const) {
        const session = openUnbound(target, { binds });
        expect([session.getBind({ mapper: Order }), session.getBind({ mapper: Customer })]).toEqual([logs, sales]);
        await session.close();
      }
    });

    it("or not, which says what to do", async () => {
      const { logs } = await openBoth(target);
      const session = openUnbound(target, { binds: [[Logs, logs]] });
      for (const use of [
        () => session.get(Customer, 1),
        () => session.scalars(select(Customer)),
        () => session.scalar(text("select 1")),
        () => session.connection(),
        () => session.getBind(),
        () => {
          session.add(new Customer({ name: "c" }));
          return session.flush();
        },
      ]) {
        const error = await thrown(use);
        expect(error).toBeInstanceOf(UnboundExecutionError);
        expect(error.message).toMatch(
          /Could not locate a bind configured on .*this Session.*binds: \[\[User, engine\]\]/,
        );
        await session.rollback();
      }
      expect(String(await thrown(() => session.get(Customer, 1)))).toContain(
        "configured on mapper Customer or this Session",
      );
      expect(await session.scalar(text("select 1"), undefined, { bindArguments: { bind: logs } })).toBe(1);
      await session.close();
    });

    it("only of the session's colour, for keys that mean something", async () => {
      const { sales } = await openBoth(target);
      const other = await openEngine({ ...target, mode: target.mode === "sync" ? "async" : "sync" }).catch(() => null);
      if (target.database === "sqlite") {
        expect(() => openUnbound(target, { binds: [[Customer, other as never]] })).toThrow(ArgumentError);
        expect(() => openSession(target, sales).bindMapper(Customer, other as never)).toThrow(
          /createEngine|createAsync/,
        );
      }
      expect(() => openUnbound(target, { binds: [["customers" as never, sales]] })).toThrow(
        /binds names engines for a declarative base, a mapped class or a table, not for a string: binds: /,
      );
      expect(() => openUnbound(target, { binds: { Customer: sales } as never })).toThrow(/binds is a Map, or a list/);
      const session = openSession(target, sales);
      const misspelt = await thrown(() =>
        session.scalar(text("select 1"), undefined, { bindArguments: { bnid: sales } }),
      );
      expect(misspelt.message).toMatch(/no bind argument "bnid"; did you mean bind\?/);
      await session.close();
    });

    it("by a factory without an engine of its own, which may get one later", async () => {
      const { sales, logs } = await openBoth(target);
      const options: Options = { binds: [[Logs, logs]] };
      const make = target.mode === "sync" ? sessionmaker(null, options as never) : asyncSessionmaker(null, options);
      const before = make() as AsyncSessionType;
      expect(before.bind).toBe(null);
      make.configure({ bind: sales as never });
      const after = make() as AsyncSessionType;
      expect([after.getBind(), after.getBind({ mapper: Entry })]).toEqual([sales, logs]);
      await before.close();
      await after.close();
    });
  });

  describe("are used", () => {
    it("by flush, get, queries, lazy and eager loads; each takes part in the transaction when it is first needed", async () => {
      const { sales, logs, log } = await openBoth(target);
      const session = openUnbound(target, {
        binds: [
          [Sales, sales],
          [Logs, logs],
        ],
      });
      const customer = new Customer({ name: "c", orders: [new Order({ item: "o" })] });
      const entry = new Entry({ line: "e" });
      session.addAll([customer, entry]);
      await session.flush();
      expect([...log].sort()).toEqual(["logs INSERT", "sales INSERT", "sales INSERT"]);
      expect([sales.pool.checkedOut(), logs.pool.checkedOut()]).toEqual([1, 1]);
      log.length = 0;
      await session.commit();
      expect(log).toEqual(["sales commit", "logs commit"]);
      expect([sales.pool.checkedOut(), logs.pool.checkedOut()]).toEqual([0, 0]);
      log.length = 0;
      expect(await session.get(Entry, entry.id)).toBe(entry);
      expect(logs.pool.checkedOut()).toBe(1);
      expect(sales.pool.checkedOut()).toBe(0);
      session.expungeAll();
      const found = (await session.scalars(select(Customer).options(selectinload(Customer.c.orders)))).one();
      expect(found.orders.map((order) => order.item)).toEqual(["o"]);
      const order = (await session.get(Order, found.orders[0]?.id as number)) as Order;
      expect(await session.loadAttribute(order, "customer")).toBe(found);
      await session.delete(order);
      found.name = "changed";
      entry.line = "not in the session any more";
      await session.commit();
      expect(log).toEqual([
        "logs SELECT",
        "sales SELECT",
        "sales SELECT",
        "sales UPDATE",
        "sales DELETE",
        "logs commit",
        "sales commit",
      ]);
      await session.close();
      expect(await countOf(sales, Entry)).toBe(0);
      expect(await countOf(logs, Entry)).toBe(1);
    });

    it("with a savepoint on each that the level uses", async () => {
      const { sales, logs, log } = await openBoth(target);
      const session = openSession(target, sales, { binds: [[Logs, logs]] } as Options);
      session.add(new Customer({ name: "c" }));
      const nested = await session.beginNested();
      session.add(new Entry({ line: "e" }));
      await session.flush();
      await nested.commit();
      expect(log).toEqual(["sales INSERT", "logs savepoint", "logs INSERT", "logs releaseSavepoint"]);
      await session.rollback();
      expect(log.slice(-2)).toEqual(["sales rollback", "logs rollback"]);
      await session.close();
    });

    it("by association tables where their classes are", async () => {
      const { sales, logs } = await openBoth(target);
      const Club = declarativeBase();
      const memberships = new Table("memberships", Club.metadata, {
        personId: integer().references("people.id").primaryKey(),
        groupId: integer().references("groupings.id").primaryKey(),
      });
      class Person extends Club.mapped("people", {
        id: integer().primaryKey(),
        get groups() {
          return many(Group, { secondary: memberships, backPopulates: "members" });
        },
      }) {}
      class Group extends Club.mapped("groupings", {
        id: integer().primaryKey(),
        get members() {
          return many(Person, { secondary: memberships, backPopulates: "groups" });
        },
      }) {}
      await Club.metadata.createAll(logs);
      const session = openSession(target, sales, { binds: [[Club, logs]] } as Options);
      const person = new Person({ groups: [new Group({}), new Group({})] });
      session.add(person);
      await session.commit();
      person.groups.splice(0, 1);
      await session.commit();
      expect((await session.execute(select(memberships.c.groupId))).all().length).toBe(1);
      await session.close();
    });

    it("one by one at the commit: what comes after one that fails is rolled back", async () => {
      const { sales, logs } = await openBoth(target);
      const session = openSession(target, sales, { binds: [[Logs, logs]] } as Options);
      session.add(new Customer({ name: "c" }));
      await session.flush();
      session.add(new Entry({ line: "e" }));
      const refuse = (): void => {
        throw new RangeError("no commit today");
      };
      listen(sales, "commit", refuse);
      expect(String(await thrown(() => session.commit()))).toContain("no commit today");
      unlisten(sales, "commit", refuse);
      expect([sales.pool.checkedOut(), logs.pool.checkedOut()]).toEqual([0, 0]);
      expect([await countOf(sales, Customer), await countOf(logs, Entry)]).toEqual([0, 0]);
      await session.close();
    });
  });

  describe("are chosen", () => {
    it("by a call, also for what is loaded with its statement", async () => {
      const { sales, logs, log } = await openBoth(target);
      await saveAt(target, logs, new Customer({ id: 7, name: "there", orders: [new Order({ item: "o" })] }));
      const session = openSession(target, sales);
      const bindArguments = { bind: logs };
      log.length = 0;
      expect(await session.get(Customer, 7)).toBe(null);
      expect((await session.get(Customer, 7, { bindArguments }))?.name).toBe("there");
      session.expungeAll();
      const statement = select(Customer).options(selectinload(Customer.c.orders));
      expect((await session.scalars(statement, undefined, { bindArguments })).one().orders.length).toBe(1);
      expect(log).toEqual(["sales SELECT", "logs SELECT", "logs SELECT", "logs SELECT"]);
      const names: string[] = [];
      for await (const name of await session.streamScalars(select(Customer.c.name), undefined, { bindArguments }))
        names.push(name);
      expect(names).toEqual(["there"]);
      session.bindMapper(Entry, logs);
      expect(
        (await session.scalars(select(Customer.c.name), undefined, { bindArguments: { mapper: Entry } })).all(),
      ).toEqual(["there"]);
      await session.close();
    });

    it("by getBind of a subclass: reading from one, writing to the other", async () => {
      const { sales: writer, logs: reader, log } = await openBoth(target);
      const requests: BindRequest[] = [];
      const choose = (request: BindRequest): AsyncEngine => {
        requests.push(request);
        return request.flushing === true ? writer : reader;
      };
      class SplitSession extends Session {
        override getBind(request: BindRequest = {}): never {
          return choose(request) as never;
        }
      }
      class AsyncSplitSession extends AsyncSession {
        override getBind(request: BindRequest = {}): AsyncEngine {
          return choose(request);
        }
      }
      const session =
        target.mode === "sync" ? (new SplitSession() as unknown as AsyncSessionType) : new AsyncSplitSession();
      const customer = new Customer({ name: "c", orders: [new Order({ item: "o" })] });
      session.add(customer);
      await session.flush();
      const statement = select(Customer.c.name);
      expect((await session.scalars(statement)).all()).toEqual([]);
      expect(await session.get(Order, 99)).toBe(null);
      expect(log).toEqual(["sales INSERT", "sales INSERT", "logs SELECT", "logs SELECT"]);
      // a flush asks once for each class
      expect(requests).toEqual([
        { mapper: Customer, flushing: true },
        { mapper: Order, flushing: true },
        { mapper: Customer, clause: statement, flushing: false },
        { mapper: Order, flushing: false },
      ]);
      await session.commit();
      await session.close();
      expect([await countOf(writer, Customer), await countOf(reader, Customer)]).toEqual([1, 0]);
    });

    it("by the option getBind, with arguments of one's own; what it leaves open is looked up", async () => {
      const { sales, logs, log } = await openBoth(target);
      const session = openUnbound(target, {
        binds: [[Sales, sales]],
        getBind: ({ role }) => (role === "reporting" ? logs : null),
      });
      const statement = select(Customer);
      await session.scalars(statement);
      await session.scalars(statement, undefined, { bindArguments: { role: "reporting" } });
      expect(log).toEqual(["sales SELECT", "logs SELECT"]);
      const error = await thrown(() => session.scalars(select(Entry)));
      expect(error).toBeInstanceOf(UnboundExecutionError);
      await session.close();
    });

    it("also for listeners, who get a session of the same class", async () => {
      const { sales, logs, log } = await openBoth(target);
      const choose = ({ flushing }: BindRequest): AsyncEngine => (flushing === true ? logs : sales);
      class Own extends Session {
        readonly name = "own";
        readonly #secret = 1;
        constructor() {
          super(null, { info: { tenant: 1 } });
        }
        override getBind(request: BindRequest = {}): never {
          return (this.#secret === 1 ? choose(request) : null) as never;
        }
      }
      class AsyncOwn extends AsyncSession {
        readonly name = "own";
        readonly #secret = 1;
        constructor() {
          super(null, { info: { tenant: 1 } });
        }
        override getBind(request: BindRequest = {}): AsyncEngine {
          return (this.#secret === 1 ? choose(request) : null) as AsyncEngine;
        }
      }
      const session = target.mode === "sync" ? (new Own() as unknown as AsyncSessionType) : new AsyncOwn();
      const seen: unknown[] = [];
      listen(session, "beforeCommit", ({ session: given }) => {
        const own = given as AsyncSessionType & { readonly name: string };
        seen.push(own.name, own.info["tenant"], own instanceof (target.mode === "sync" ? Own : AsyncOwn));
        own.info["heard"] = true;
        return own.scalar(select(Customer.c.id)) as unknown as Promise<void>;
      });
      await session.commit();
      expect(seen).toEqual(["own", 1, true]);
      expect(session.info["heard"]).toBe(true);
      expect(log).toEqual(["sales SELECT", "sales commit"]);
      await session.close();
    });
  });

  describe("connection()", () => {
    it("begins the transaction and answers the connection of a bind, always the same", async () => {
      const { sales, logs } = await openBoth(target);
      const session = openSession(target, sales, { binds: [[Logs, logs]] } as Options);
      expect(session.inTransaction()).toBe(false);
      const first = await session.connection();
      expect(session.inTransaction()).toBe(true);
      const second = await session.connection({ bindArguments: { mapper: Entry } });
      expect(second).not.toBe(first);
      expect(await session.connection()).toBe(first);
      await first.execute(insert(Customer).values({ name: "sales" }));
      await second.execute(insert(Entry).values({ line: "logs" }));
      await session.commit();
      expect([await countOf(sales, Customer), await countOf(logs, Entry)]).toEqual([1, 1]);
      await session.close();
    });

    it("takes options only before the connection is there, and warns afterwards", async () => {
      const warnings: string[] = [];
      const level = target.database === "sqlite" ? "READ UNCOMMITTED" : "SERIALIZABLE";
      const engine = await openEngine(target, {
        logger: (message, kind) => {
          if (kind === "warn") warnings.push(message);
        },
      });
      const session = openSession(target, engine);
      const connection = await session.connection({ executionOptions: { isolationLevel: level } });
      expect(await connection.getIsolationLevel()).toBe(level);
      expect(warnings).toEqual([]);
      expect(await session.connection({ executionOptions: { isolationLevel: level } })).toBe(connection);
      expect(warnings.length).toBe(1);
      expect(warnings[0]).toMatch(/already established for this transaction; its executionOptions are ignored/);
      await session.close();
    });

    it("of a session on a connection is that connection, in the session's transaction", async () => {
      const { sales } = await openBoth(target);
      const connection = await sales.connect();
      const session = openSession(target, connection);
      expect(await session.connection()).toBe(connection);
      expect(session.inTransaction()).toBe(true);
      await session.close();
      expect(connection.closed).toBe(false);
      await connection.close();
    });
  });

  it("executionOptions: the session's go before the connection's, a statement's before them, a call's before all", async () => {
    const { sales } = await openBoth(target);
    await saveAt(target, sales, new Customer({ id: 1, name: "database" }));
    const session = openSession(target, sales, {
      autoflush: false,
      executionOptions: { populateExisting: true, tag: "t" },
    });
    const customer = (await session.get(Customer, 1)) as Customer;
    const statement = select(Customer);
    const names: string[] = [];
    for (const run of [
      () => session.scalars(statement),
      () => session.scalars(statement.executionOptions({ populateExisting: false })),
      () =>
        session.scalars(statement.executionOptions({ populateExisting: false }), undefined, { populateExisting: true }),
      () => session.scalars(statement, undefined, { populateExisting: false }),
    ]) {
      customer.name = "program";
      await run();
      names.push(customer.name);
    }
    expect(names).toEqual(["database", "program", "database", "program"]);
    expect((await session.connection()).getExecutionOptions()["tag"]).toBe("t");
    await session.rollback();
    await session.close();
  });
});

async function countOf(engine: AsyncEngine, entity: typeof Customer | typeof Entry): Promise<number> {
  return (await engine.execute(select(entity.c.id))).all().length;
}

async function saveAt(target: Target, engine: AsyncEngine, ...objects: readonly object[]): Promise<void> {
  const session = openSession(target, engine);
  session.addAll(objects);
  await session.commit();
  await session.close();
}
