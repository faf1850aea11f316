import { expect, test } from "vitest";
import { LruCache } from "../../../src/util/index.ts";

test("keeps what was used last", () => {
  const evicted: unknown[] = [];
  const cache = new LruCache<string, number>(2, (value, key) => evicted.push([key, value]));
  cache.set("a", 1);
  cache.set("b", 2);
  expect(cache.get("a")).toBe(1);
  cache.set("c", 3);
  expect(evicted).toEqual([["b", 2]]);
  expect(cache.get("b")).toBeUndefined();
  expect([...cache.values()]).toEqual([1, 3]);
});

test("setting again replaces and refreshes", () => {
  const cache = new LruCache<string, number>(2);
  cache.set("a", 1);
  cache.set("b", 2);
  cache.set("a", 3);
  cache.set("c", 4);
  expect([cache.get("a"), cache.get("b"), cache.get("c")]).toEqual([3, undefined, 4]);
});

test("clear tells, delete does not", () => {
  const evicted: unknown[] = [];
  const cache = new LruCache<string, number>(5, (_value, key) => evicted.push(key));
  cache.set("a", 1);
  cache.set("b", 2);
  expect(cache.delete("a")).toBe(true);
  cache.clear();
  expect(evicted).toEqual(["b"]);
  expect(cache.size).toBe(0);
});
