import { LruCache } from "../util/index.ts";

/**
 * What is known of statements by their structure: SQL text, layout of values, plans of the layers above.
 *
 * The least recently used go first. Values are never part of a key.
 */
export class StatementCache {
  readonly #entries: LruCache<string, unknown>;
  /** Look-ups that found something. */
  hits = 0;
  /** Look-ups that did not. */
  misses = 0;

  /** @param size how many statements are kept; 0 keeps none. */
  constructor(size: number) {
    this.#entries = new LruCache(Math.max(size, 1));
    this.size = size;
  }

  readonly size: number;

  /** The entry of a key, made when it is not there. */
  get<T>(key: string, make: () => T): T {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.hits += 1;
      return known as T;
    }
    this.misses += 1;
    const made = make();
    if (this.size > 0) this.#entries.set(key, made);
    return made;
  }

  clear(): void {
    this.#entries.clear();
  }
}
