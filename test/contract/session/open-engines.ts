import type { AsyncEngine } from "../../../src/facade/async-engine.ts";
import type { MetaData } from "../../../src/schema/index.ts";
import { deleteFrom } from "../../../src/sql/index.ts";
import type { Target } from "../../targets/index.ts";
import { openEngineAt } from "../open-engine.ts";

const urls = new Map<Target, Promise<readonly [string, string]>>();

/** Opens engines on two databases of their own, with empty tables; the databases are made once for each target. */
export async function openEngines(
  target: Target,
  metadatas: readonly MetaData[],
): Promise<readonly [AsyncEngine, AsyncEngine]> {
  let own = urls.get(target);
  if (own === undefined) {
    own = Promise.all([target.url(), target.url()]);
    urls.set(target, own);
  }
  const [first, second] = await own;
  const engines = [openEngineAt(first, target), openEngineAt(second, target)] as const;
  for (const engine of engines) {
    for (const metadata of metadatas) await metadata.createAll(engine);
    const connection = await engine.connect();
    for (const metadata of metadatas)
      for (const table of metadata.sortedTables.toReversed()) await connection.execute(deleteFrom(table));
    await connection.commit();
    await connection.close();
  }
  return engines;
}
