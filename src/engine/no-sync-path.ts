import { AwaitRequired } from "../errors/index.ts";

/** Refuses a sync call over a driver that answers with promises. */
export function noSyncPath(driver: string): AwaitRequired {
  return new AwaitRequired(
    `A sync connection cannot use the driver ${driver}, which answers with promises. Await the methods of the async ` +
      "connection instead; runSync() over this driver takes library functions such as metadata.createAll.",
  );
}

/** Refuses a sync engine over such a driver. */
export function noSyncEngine(driver: string): AwaitRequired {
  return new AwaitRequired(
    `The driver ${driver} answers with promises, so it cannot serve a sync engine. Use createAsyncEngine() and await its methods.`,
  );
}
