import { afterEach } from "vitest";
import { type AnyEngine, DBConnect, type LeakListener } from "../../../src/context/index.ts";
import type { AsyncEngine, AsyncSession, AsyncSessionmaker } from "../../../src/index.ts";
import { asyncSessionmaker, declarativeBase, func, integer, select, sessionmaker, string } from "../../../src/index.ts";
import type { EngineOptions } from "../../../src/engine/index.ts";
import type { Target } from "../../targets/index.ts";
import { openEngineAt } from "../open-engine.ts";
import { ownFile } from "./own-file.ts";

export const ExampleBase = declarativeBase();

/** What the examples insert. */
export class Example extends ExampleBase.mapped("context_example", {
  id: integer().primaryKey(),
  text: string(50).nullable(),
}) {}

export type Connect = DBConnect<AsyncSession, AsyncSessionmaker, AsyncEngine>;

/** A database with an empty table, its `DBConnect`, and an engine of its own to look from outside. */
export interface Opened {
  readonly connect: Connect;
  readonly url: string;
  /** How many engines were made, by host. */
  readonly made: string[];
  readonly outside: AsyncEngine;
  /** How many rows others see. */
  count(): Promise<number>;
  /** How many connections of the `DBConnect` are in use. */
  checkedOut(): number;
}

/** What a case may ask for. */
export interface ConnectOptions extends EngineOptions {
  readonly beforeCreateSession?: (connect: Connect) => void | Promise<void>;
  readonly withoutHost?: boolean;
  readonly onLeak?: LeakListener;
}

const connects: Connect[] = [];

afterEach(async () => {
  for (const connect of connects.splice(0)) await connect.close();
});

/** One body serves both colours, as awaiting a value is harmless. */
export function makerFor(target: Target, engine: AnyEngine): AsyncSessionmaker {
  const maker = target.mode === "sync" ? sessionmaker(engine as never) : asyncSessionmaker(engine as AsyncEngine);
  return maker as AsyncSessionmaker;
}

/** The URL of an empty database that several connections see: SQLite's are files. */
export async function sharedUrl(target: Target): Promise<string> {
  return target.database === "sqlite" ? `sqlite+${target.driver}:///${ownFile()}` : await target.url();
}

/** Makes a `DBConnect` whose hosts are URLs. */
export async function openConnect(target: Target, options: ConnectOptions = {}): Promise<Opened> {
  const { beforeCreateSession, withoutHost, onLeak, ...engineOptions } = options;
  const url = await sharedUrl(target);
  const outside = openEngineAt(url, target);
  await ExampleBase.metadata.createAll(outside);
  const made: string[] = [];
  const engines: AsyncEngine[] = [];
  const connect: Connect = new DBConnect({
    engineCreator: (host: string) => {
      made.push(host);
      const engine = openEngineAt(host, target, engineOptions);
      engines.push(engine);
      return engine;
    },
    sessionMakerCreator: (engine) => makerFor(target, engine),
    host: withoutHost === true ? undefined : url,
    ...(onLeak === undefined ? {} : { onLeak }),
    ...(beforeCreateSession === undefined ? {} : { beforeCreateSession }),
  });
  connects.push(connect);
  return {
    connect,
    url,
    made,
    outside,
    count: async () => (await outside.execute(select(func.count(Example.c.id)))).scalarOne(),
    checkedOut: () => engines.reduce((sum, engine) => sum + engine.pool.checkedOut(), 0),
  };
}
