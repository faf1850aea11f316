// What a context leaves behind is told, with the place where it was opened.
import { expect, test } from "vitest";
import { type ContextLeak, dbSession, runInNewCtx } from "../../../src/context/index.ts";
import { text } from "../../../src/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { openConnect } from "./open-connect.ts";

describeTargets("leaks of a context", (target) => {
  test("a connection that is not closed in it", async () => {
    const leaks: ContextLeak[] = [];
    const { connect } = await openConnect(target, { onLeak: (leak) => leaks.push(leak) });
    const left = await runInNewCtx(async function forgetsIt() {
      const closed = await (await connect.engine()).connect();
      await closed.close();
      return await (await connect.engine()).connect();
    });
    expect(leaks).toEqual([
      { kind: "connection", message: expect.stringMatching(/^1 connection taken[^]*forgetsIt[^]*leaks\.test/) },
    ]);
    await left.close();
    await runInNewCtx(async () => await (await dbSession(connect)).execute(text("SELECT 1")));
    expect(leaks).toHaveLength(1);
  });

  test("a session that is used after its end", async () => {
    const leaks: ContextLeak[] = [];
    const { connect } = await openConnect(target, { onLeak: (leak) => leaks.push(leak) });
    const kept = await runInNewCtx(async function keepsIt() {
      return await dbSession(connect);
    });
    await expect((async () => await kept.execute(text("SELECT 1")))()).rejects.toThrow("its context has ended");
    expect(leaks).toEqual([{ kind: "session", message: expect.stringMatching(/keepsIt[^]*leaks\.test/) }]);
  });
});
