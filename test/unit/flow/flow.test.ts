import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, test } from "vitest";
import { AwaitRequired } from "../../../src/errors/index.ts";
import {
  andThen,
  closing,
  done,
  type Flow,
  FlowQueue,
  isFlow,
  runAsync,
  runSync,
  wait,
} from "../../../src/flow/index.ts";

const pause = (ms = 1) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function* later<T>(value: T, ms = 1): Flow<T> {
  yield* wait(pause(ms));
  return value;
}

describe("a flow", () => {
  test("runs at once when it waits for nothing", async () => {
    expect(runSync(done(1))).toBe(1);
    expect(await runAsync(done(1))).toBe(1);
    expect(runSync(wait(2))).toBe(2);
  });

  test("that has to wait is refused by a sync call, after its cleanup", () => {
    const log: string[] = [];
    function* flow(): Flow<void> {
      try {
        yield* later(1);
      } finally {
        log.push("cleaned up");
      }
    }
    expect(() => runSync(flow())).toThrow(AwaitRequired);
    expect(log).toEqual(["cleaned up"]);
  });

  test("gets rejections as exceptions", async () => {
    function* flow(): Flow<string> {
      try {
        yield* wait(Promise.reject(new TypeError("no")));
        return "not reached";
      } catch (error) {
        return (error as Error).message;
      }
    }
    expect(await runAsync(flow())).toBe("no");
  });

  test("keeps its caller's frames in error stacks", async () => {
    function* failing(): Flow<never> {
      yield* later(1);
      throw new TypeError("late");
    }
    async function saveUser() {
      await runAsync(failing());
    }
    async function saveUserInOrder() {
      await new FlowQueue().run(failing());
    }
    for (const save of [saveUser, saveUserInOrder]) {
      const error = (await save().catch((reason: unknown) => reason)) as Error;
      expect(error.stack).toContain(save.name);
    }
  });

  test("closing keeps the first error and notes the second", async () => {
    const first = new TypeError("body");
    const second = new TypeError("cleanup");
    function* fail(error: unknown): Flow<never> {
      throw error;
    }
    const seen: unknown[] = [];
    const both = closing(fail(first), (error) => (seen.push(error), fail(second)));
    await expect(runAsync(both)).rejects.toBe(first);
    expect((first as { suppressed?: unknown }).suppressed).toBe(second);
    expect(() => runSync(closing(done(1), () => fail(second)))).toThrow(second);
    expect(seen).toEqual([first]);
  });

  test("andThen waits only where it must", async () => {
    expect(andThen(1, (n) => n + 1)).toBe(2);
    expect(await andThen(Promise.resolve(1), (n) => n + 1)).toBe(2);
  });

  test("is told from other values", () => {
    expect([done(1), { next() {} }, [][Symbol.iterator](), null, Promise.resolve()].map(isFlow)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("FlowQueue", () => {
  test("runs flows in the order they came, also behind failing ones", async () => {
    const queue = new FlowQueue();
    const log: string[] = [];
    function* step(name: string, ms: number, fails = false): Flow<string> {
      log.push(`${name} in`);
      yield* later(0, ms);
      log.push(`${name} out`);
      if (fails) throw new TypeError(name);
      return name;
    }
    const answers = await Promise.allSettled([
      queue.run(step("a", 5)),
      queue.run(step("b", 3, true)),
      queue.run(step("c", 1)),
    ]);
    expect(log).toEqual(["a in", "a out", "b in", "b out", "c in", "c out"]);
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(queue.busy).toBe(false);
  });

  test("starts at once when nothing is ahead", () => {
    const queue = new FlowQueue();
    let started = false;
    void queue.run(
      (function* (): Flow<void> {
        started = true;
      })(),
    );
    expect(started).toBe(true);
  });

  test("each flow keeps its own async context", async () => {
    const queue = new FlowQueue();
    const context = new AsyncLocalStorage<number>();
    function* read(): Flow<number | undefined> {
      yield* later(0);
      return context.getStore();
    }
    const stores = await Promise.all([1, 2, 3].map((n) => context.run(n, () => queue.run(read()))));
    expect(stores).toEqual([1, 2, 3]);
  });
});
