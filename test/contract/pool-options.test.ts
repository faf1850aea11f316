// Options of engines that say how connections are made, kept and told of, each in both colours on every driver.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ConnectTarget, Driver, DriverConnection } from "../../src/driver/index.ts";
import type { EngineOptions } from "../../src/engine/index.ts";
import { ArgumentError, DBAPIError, TimeoutError } from "../../src/errors/index.ts";
import { AsyncEngine, asyncEngineFromConfig } from "../../src/facade/async-engine.ts";
import { Engine, engineFromConfig } from "../../src/facade/engine.ts";
import type { MaybePromise } from "../../src/flow/index.ts";
import { NullPool, QueuePool } from "../../src/pool/index.ts";
import { literal, select, text } from "../../src/sql/index.ts";
import { coloursDiffer } from "../colours/colours-differ.ts";
import { recordSent } from "../colours/sent-statements.ts";
import { describeTargets, type Target } from "../targets/index.ts";
import { openEngine, openEngineAt } from "./open-engine.ts";
import { attempt } from "./orm/open-orm.ts";

const one = text("SELECT 1");

/** As of a database that is no file in memory, whatever the target's is. */
function open(target: Target, options: EngineOptions = {}): Promise<AsyncEngine> {
  return openEngine(target, { poolClass: QueuePool, ...options });
}

describeTargets("options of an engine's pool", (target) => {
  test("creator opens each connection, when the first is asked for", async () => {
    const opened: string[] = [];
    const engine = await open(target, {
      creator: (where: ConnectTarget, driver: Driver) => {
        opened.push(`${driver.name} ${driver.dialect}`);
        return driver.connect(where);
      },
    });
    expect(engine).toBeInstanceOf(target.mode === "sync" ? Engine : AsyncEngine);
    expect([opened, engine.pool.checkedIn()]).toEqual([[], 0]);
    await engine.execute(one);
    await engine.execute(one);
    const dialect = target.database === "mariadb" ? "mysql" : target.database;
    expect(opened).toEqual([`${target.driver} ${dialect}`]);
  });

  test("a creator that answers something else than a driver's connection is refused", async () => {
    for (const answer of [{}, null, "connection"]) {
      const engine = await open(target, { creator: () => answer as never });
      const refused = await attempt(() => engine.connect());
      expect(refused).toBeInstanceOf(ArgumentError);
      expect([/driver\.connect\(target\)/.test(String(refused)), engine.pool.checkedOut()]).toEqual([true, 0]);
    }
    for (const poolClass of [Date, () => undefined, AsyncEngine])
      expect(await attempt(() => open(target, { poolClass: poolClass as never }))).toBeInstanceOf(ArgumentError);
  });

  test("poolSize are kept, maxOverflow more may be open, and poolTimeout ends a wait for others", async () => {
    const engine = await open(target, { poolSize: 1, maxOverflow: 1, poolTimeout: 0.05 });
    const [first, second] = [await engine.connect(), await engine.connect()];
    expect([engine.pool.size(), engine.pool.overflow(), engine.pool.checkedOut()]).toEqual([1, 1, 2]);
    const refused = await attempt(() => engine.connect());
    expect(refused).toBeInstanceOf(TimeoutError);
    expect(String(refused)).toMatch(/size 1 overflow 1/);
    await first.close();
    await second.close();
    expect([engine.pool.checkedIn(), engine.pool.checkedOut()]).toEqual([1, 0]);
  });

  test("poolRecycle is the age at which a connection is replaced; -1 is never", async () => {
    for (const [poolRecycle, isKept] of [
      [0, false],
      [-1, true],
      [3600, true],
    ] as const) {
      const engine = await open(target, { poolRecycle });
      const used = async (): Promise<DriverConnection> => {
        const connection = await engine.connect();
        const { driverConnection } = connection;
        await connection.close();
        return driverConnection;
      };
      const first = await used();
      for (const then = Date.now(); Date.now() - then < 2; ); // ages are whole milliseconds
      expect((await used()) === first).toBe(isKept);
    }
  });

  test("poolPrePing tests a connection before it is handed out again", async () => {
    for (const poolPrePing of [true, false]) {
      const engine = await open(target, { poolPrePing });
      const connection = await engine.connect();
      const { driverConnection } = connection;
      const ping = driverConnection.ping.bind(driverConnection);
      let pings = 0;
      Object.assign(driverConnection, {
        ping: (): MaybePromise<void> => {
          pings += 1;
          return ping();
        },
      });
      await connection.close();
      expect(pings).toBe(0);
      await engine.execute(one);
      expect(pings).toBe(poolPrePing ? 1 : 0);
    }
  });

  test("poolUseLifo hands out what came back last, otherwise what has waited longest", async () => {
    for (const poolUseLifo of [true, false]) {
      const engine = await open(target, { poolUseLifo });
      const [first, second] = [await engine.connect(), await engine.connect()];
      const raws = [first.driverConnection, second.driverConnection];
      await first.close();
      await second.close();
      const next = await engine.connect();
      expect(raws.indexOf(next.driverConnection)).toBe(poolUseLifo ? 1 : 0);
      await next.close();
    }
  });

  test("poolResetOnReturn is what a raw connection is sent when it comes back", async () => {
    coloursDiffer("the case looks at what is sent by itself, for each colour");
    for (const poolResetOnReturn of ["rollback", "commit", null, undefined] as const) {
      const engine = await open(target, poolResetOnReturn === undefined ? {} : { poolResetOnReturn });
      const raw = await engine.rawConnection();
      await raw.driverConnection.executeScript("BEGIN");
      const sent: string[] = [];
      recordSent((statement) => void sent.push(statement));
      await raw.close();
      recordSent(null);
      expect(sent).toEqual(poolResetOnReturn === null ? [] : [(poolResetOnReturn ?? "rollback").toUpperCase()]);
    }
  });

  test("poolClass is how connections are kept: NullPool keeps none", async () => {
    const engine = await open(target, { poolClass: NullPool });
    const connection = await engine.connect();
    const { driverConnection } = connection;
    await connection.close();
    expect([engine.pool instanceof NullPool, engine.pool.checkedIn(), driverConnection.alive]).toEqual([
      true,
      0,
      false,
    ]);
  });

  test("echoPool logs what the pool does, under the loggingName, to the logger", async () => {
    const lines: string[] = [];
    const logger = (line: string, level: string): void => void lines.push(`${level} ${line}`);
    const engine = await open(target, { echoPool: true, loggingName: "shop", logger });
    await engine.execute(one);
    await engine.dispose();
    expect(lines).toEqual([
      "debug [shop] pool: connection opened",
      "debug [shop] pool: connection taken",
      "debug [shop] pool: connection given back",
      "debug [shop] pool: connection closed",
    ]);
    const quiet = await open(target, { logger });
    await quiet.execute(one);
    expect(lines).toHaveLength(4);
  });

  test("hideParameters keeps values out of logs and errors", async () => {
    for (const hideParameters of [true, false]) {
      const lines: string[] = [];
      const engine = await open(target, { hideParameters, echo: true, logger: (line) => void lines.push(line) });
      await engine.execute(select(literal("secret-1")));
      const failed = await attempt(() =>
        engine.execute(text("SELECT :value FROM no_such_table"), { value: "secret-2" }),
      );
      expect(failed).toBeInstanceOf(DBAPIError);
      expect([
        /secret-1/.test(lines.join("\n")),
        /secret-2/.test(JSON.stringify((failed as DBAPIError).params) ?? ""),
      ]).toEqual([!hideParameters, !hideParameters]);
    }
  });

  test("queryCacheSize is how many compiled statements are kept", async () => {
    const [small, none] = [await open(target, { queryCacheSize: 1 }), await open(target, { queryCacheSize: 0 })];
    const { cache } = small.environment;
    const run = async (engine: AsyncEngine): Promise<void> => {
      await engine.execute(select(literal(1)));
      await engine.execute(select(literal(1), literal(2)));
    };
    await run(small);
    await run(small);
    expect([cache?.hits, cache?.misses, none.environment.cache]).toEqual([0, 4, null]);
    await run(none);
  });

  test("executionOptions are those of all connections", async () => {
    const engine = await open(target, { executionOptions: { audit: "all" } });
    const connection = await engine.connect();
    expect(connection.getExecutionOptions()).toEqual({ audit: "all" });
    await connection.close();
  });

  test("an engine is made of the keys of a configuration, whose values may be text", async () => {
    const config = {
      "shop.url": await target.url(),
      "shop.query_cache_size": "7",
      "shop.echo": "debug",
      "shop.hideParameters": "yes",
      "shop.useInsertmanyvalues": "false",
      "other.poolSize": "-9",
    };
    const make = target.mode === "sync" ? engineFromConfig : asyncEngineFromConfig;
    const engine = make(config, "shop.", { logger: () => undefined }) as AsyncEngine;
    expect([engine.environment.cache?.size, engine.echo, engine.environment.hideParameters]).toEqual([
      7,
      "debug",
      true,
    ]);
    expect(engine.dialect.features.insertPage).toBe(1);
    expect((await engine.execute(one)).all()).toHaveLength(1);
    await engine.dispose();
    expect(() => make({ ...config, "shop.pool_sizes": "1" }, "shop.")).toThrow(/Did you mean poolSize/);
    expect(() => make(config, "store.")).toThrow(/no text under "store.url"/);
  });

  test("connectArgs reach the driver, and win over the URL", async () => {
    const missing = `sqlite+${target.driver}:///${join(tmpdir(), "athanor-no-such-folder", "x.db")}`;
    const url = target.database === "sqlite" ? missing : await target.url();
    const connectArgs =
      target.database === "sqlite" ? { readonly: true, readOnly: true } : { user: "nobody_of_that_name" };
    const engine = openEngineAt(url, target, { connectArgs });
    const failed = await attempt(() => engine.execute(one));
    expect(failed).toBeInstanceOf(DBAPIError);
    if (target.database !== "sqlite") expect(String(failed)).toMatch(/nobody_of_that_name/);
    expect(engine.pool.checkedOut()).toBe(0);
  });

  test("an engine tells its dialect, name, driver, url, pool and echo", async () => {
    const engine = await open(target);
    expect([engine.dialect.name, engine.name, engine.driver]).toEqual([
      target.database,
      target.database,
      target.driver,
    ]);
    expect([engine.url.dialect, engine.pool instanceof QueuePool, engine.echo]).toEqual([target.database, true, false]);
    expect(String(engine.url)).not.toMatch(/:[^:@/]*[^*@/][^:@/]*@/); // no password
  });
});
