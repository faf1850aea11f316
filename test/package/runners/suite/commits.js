// Real commits: each file has a database of its own, and empties its tables before each test.
import assert from "node:assert/strict";
import { dbSession, newNonCtxSession } from "athanor/context";
import { setTestContext, truncateAll } from "athanor/testing";
import { Base, connectTo, names, register, User } from "./application.js";
import { meet } from "./meet.js";
import { afterAll, beforeEach, test } from "./runner.js";

export function commitTests(file) {
  const connect = connectTo(process.env[`URL_OF_${file}`]);
  const committed = () => newNonCtxSession(connect, async (session) => [...(await session.scalars(names)).all()]);
  beforeEach(async () => truncateAll(await connect.engine(), Base.metadata));
  afterAll(() => connect.close());

  test("what the application commits is there for everybody", async () => {
    await meet(file);
    await setTestContext(() => register(connect, `${file}, first`), { autoClose: true });
    assert.deepEqual(await committed(), [`${file}, first`]);
  });

  test("what throws is rolled back", async () => {
    const failing = setTestContext(
      async () => {
        await register(connect, `${file}, second`);
        const session = await dbSession(connect);
        session.add(new User({ name: "lost" }));
        await session.flush();
        throw new TypeError("meant to fail");
      },
      { autoClose: true },
    );
    await assert.rejects(failing, { name: "TypeError", message: "meant to fail" });
    assert.deepEqual(await committed(), [`${file}, second`]);
  });

  test("tables are empty at first", async () => {
    assert.deepEqual(await committed(), []);
    await setTestContext(() => register(connect, `${file}, last`), { autoClose: true });
    assert.deepEqual(await committed(), [`${file}, last`]);
  });
}
