import { AwaitRequired } from "../errors/index.ts";

/** Refuses a sync call over a driver that answers with promises. */
export function noSyncPath(driver: string): AwaitRequired {
  return new AwaitRequired(
    `A sync connection or session cannot use the driver ${driver}, which answers with promises. Give the engine the option ` +
      'sync: "worker", or await the methods of the async connection instead; library functions such as ' +
      "metadata.createAll, and generator functions, work in runSync() over any driver.",
  );
}

/** Refuses a sync engine over such a driver. */
export function noSyncEngine(driver: string): AwaitRequired {
  return new AwaitRequired(
    `The driver ${driver} answers with promises, so with sync: false it cannot serve a sync engine. Leave the option out, ` +
      "or use createAsyncEngine() and await its methods.",
  );
}
