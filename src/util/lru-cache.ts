/** A map that keeps the entries used last and lets go of the others. */
export class LruCache<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;
  readonly #onEvict: ((value: V, key: K) => void) | null;

  /** `onEvict` hears of every entry that leaves for want of room or by `clear()`. */
  constructor(capacity: number, onEvict: ((value: V, key: K) => void) | null = null) {
    this.#capacity = capacity;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    // while there is room nobody is evicted, so order does not matter: reading a hot entry stays one lookup
    if (value !== undefined && this.#entries.size >= this.#capacity) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#capacity) this.#evictOldest();
  }

  /** Forgets an entry without telling `onEvict`. */
  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  clear(): void {
    const entries = [...this.#entries];
    this.#entries.clear();
    if (this.#onEvict !== null) for (const [key, value] of entries) this.#onEvict(value, key);
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  #evictOldest(): void {
    for (const [key, value] of this.#entries) {
      this.#entries.delete(key);
      this.#onEvict?.(value, key);
      return;
    }
  }
}
