import { DriverPoolBase, type DriverPoolOptions, type Url } from "../engine/index.ts";
import { asyncRunner, syncRunner } from "../flow/index.ts";

/** A pool of a driver's connections for sync callers. */
export class DriverPool extends DriverPoolBase<"sync"> {}

/** A pool of a driver's connections for async callers. */
export class AsyncDriverPool extends DriverPoolBase<"async"> {
  /** See `dispose`. */
  aclose(): Promise<void> {
    return this.dispose();
  }
}

/**
 * Makes the pool that an engine of the URL would have, without the engine.
 *
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed.
 * @example using connection = createPoolFromUrl("sqlite:///shop.db").connect();
 */
export function createPoolFromUrl(url: string | Url, options: DriverPoolOptions = {}): DriverPool {
  return new DriverPool("createPoolFromUrl", url, options, syncRunner);
}

/**
 * Makes the pool that an async engine of the URL would have, without the engine. It connects when asked to.
 *
 * @throws ArgumentError for a wrong URL or option, NoSuchModuleError for a driver that is not installed.
 * @example await using connection = await createAsyncPoolFromUrl("postgresql://scott@localhost/shop").connect();
 */
export function createAsyncPoolFromUrl(url: string | Url, options: DriverPoolOptions = {}): AsyncDriverPool {
  return new AsyncDriverPool("createAsyncPoolFromUrl", url, options, asyncRunner);
}
