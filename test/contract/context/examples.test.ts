// The outcomes of A3-58, in a context that ends as a request's does.
import { expect, test } from "vitest";
import { autoCommitByStatusCode, runInNewCtx } from "../../../src/context/index.ts";
import { describeTargets, testOn } from "../../targets/index.ts";
import { type ExampleHandler, exampleHandlers } from "./example-handlers.ts";
import { type Connect, openConnect } from "./open-connect.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

async function request(connect: Connect, { run, answers = 200 }: ExampleHandler): Promise<void> {
  await runInNewCtx(async () => {
    await run(connect);
    if (answers !== "throws") await autoCommitByStatusCode(answers);
  });
}

describeTargets("example handlers", (target) => {
  for (const [name, handler] of Object.entries(exampleHandlers)) {
    testOn(target, handler.needsManyWriters === true ? ["many writers"] : [], name, async () => {
      if (name === "concurrentQueries")
        coloursDiffer("what is started at the same time is done one after the other by a sync caller");
      const { connect, count, checkedOut } = await openConnect(target);
      const done = request(connect, handler);
      await (handler.answers === "throws" ? expect(done).rejects.toThrow() : done);
      expect([await count(), checkedOut()]).toEqual([handler.rows, 0]);
    });
  }

  test("the open transaction is named by the one that asks for raise", async () => {
    const { connect } = await openConnect(target);
    const { atomicAndPreviousTransaction } = exampleHandlers as Record<string, ExampleHandler>;
    await expect(request(connect, atomicAndPreviousTransaction as ExampleHandler)).rejects.toThrow(
      "already has an open transaction",
    );
  });
});
