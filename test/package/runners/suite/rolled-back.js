// A transaction that is undone: several files at the same time, on one database, which stays as it was.
import assert from "node:assert/strict";
import { dbSession } from "athanor/context";
import { assertQueryCount, rolledBack } from "athanor/testing";
import { connectTo, names, register, User } from "./application.js";
import { meet } from "./meet.js";
import { afterAll, test } from "./runner.js";

export function rolledBackTests(file) {
  const url = process.env.SHARED_URL;
  const hasOneWriter = url.startsWith("sqlite");
  const connect = connectTo(url);
  // A list of this file's own realm: jest has one for each file, and a worker thread's messages come from another.
  const namesIn = async (session) => [...(await session.scalars(names)).all()];
  afterAll(() => connect.close());

  test(
    "what the application commits is there for the test, and for no other file",
    rolledBack(connect, async (session) => {
      if (hasOneWriter) await meet(file);
      await register(connect, `${file} 1`);
      await register(connect, `${file} 2`);
      // The others have their rows at this moment, too.
      if (!hasOneWriter) await meet(file);
      assert.deepEqual(await namesIn(session), ["there before", `${file} 1`, `${file} 2`]);
    }),
  );

  test(
    "what the application rolls back is not",
    rolledBack(connect, async (session) => {
      await register(connect, `${file} 1`);
      const own = await dbSession(connect);
      own.add(new User({ name: "lost" }));
      await own.flush();
      await own.rollback();
      assert.deepEqual(await namesIn(session), ["there before", `${file} 1`]);
    }),
  );

  test("a test that fails leaves nothing, either", async () => {
    const failing = rolledBack(connect, async () => {
      await register(connect, "lost");
      throw new TypeError("meant to fail");
    });
    await assert.rejects(failing(), { name: "TypeError", message: "meant to fail" });
  });

  test(
    "statements are counted",
    rolledBack(connect, async (session) => {
      await assertQueryCount(1, () => register(connect, `${file} 1`));
      await assert.rejects(
        assertQueryCount(2, () => namesIn(session)),
        assert.AssertionError,
      );
    }),
  );
}
