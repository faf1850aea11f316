// The outcomes of A3-58, through every adapter and over HTTP: one application with a route for each handler.
import { func, select } from "athanor";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeTargets, type Target, testOn } from "../../targets/index.ts";
import { type ExampleHandler, exampleHandlers } from "../context/example-handlers.ts";
import { Example, ExampleBase } from "../context/open-connect.ts";
import { type Orm, useOrm } from "../orm/open-orm.ts";
import { ask, type Reply } from "./ask.ts";
import { describeFrameworks } from "./frameworks/describe-frameworks.ts";
import { type Application, type Framework, frameworks, type Route } from "./frameworks/index.ts";
import { connectTo } from "./notes.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

/** What one request came to. */
interface Outcome {
  readonly reply: Reply;
  /** The rows that others saw when the head of the response was there, and when all of it was. */
  readonly rows: readonly unknown[];
  readonly checkedOut: number;
  /** What came to the framework's own handling of errors. */
  readonly handled: readonly unknown[];
}

/** `/simpleUsage` and so on, each with its handler. */
function routesOver(orm: Orm): Route {
  const connect = connectTo(orm);
  return async ({ pathname }) => {
    const { run, answers = 200 } = exampleHandlers[pathname.slice(1)] as ExampleHandler;
    await run(connect);
    return { status: Number(answers), body: `did ${pathname}` };
  };
}

describeTargets("the handlers of the examples, asked over HTTP", (target) => {
  const orm = useOrm(target, ExampleBase);
  // What differs between sync and async sessions is not the framework's: one of each form is enough.
  const isAsked = ({ name }: Framework): boolean => target.mode === "async" || /^(?:node:http|Next)$/.test(name);
  describeFrameworks(frameworks.filter(isAsked), (framework) => cases(framework, target, orm));
});

function cases(framework: Framework, target: Target, orm: Orm): void {
  let application: Application;
  beforeAll(async () => {
    application = await framework.start(routesOver(orm), {});
  });
  afterAll(() => application.close());

  const request = async (path: string): Promise<Outcome> => {
    const rows: unknown[] = [];
    const look = async (): Promise<unknown> => rows.push(...(await orm.rows(select(func.count(Example.c.id)))));
    const reply = await ask(application.url + path, look);
    await look();
    return { reply, rows, checkedOut: orm.engine.pool.checkedOut(), handled: application.handled.splice(0) };
  };

  for (const [name, { rows, answers = 200, needsManyWriters }] of Object.entries(exampleHandlers)) {
    testOn(target, needsManyWriters === true ? ["many writers"] : [], `${name}: ${rows} rows`, async () => {
      if (name === "concurrentQueries")
        coloursDiffer("what is started at the same time is done one after the other by a sync caller");
      const outcome = await request(`/${name}`);
      const { reply, handled } = outcome;
      expect(reply).toMatchObject(answers === "throws" ? { status: 500 } : { status: answers, body: `did /${name}` });
      expect(outcome).toMatchObject({ rows: [rows, rows], checkedOut: 0 });
      expect(handled).toHaveLength(answers === "throws" ? 1 : 0);
    });
  }

  test("the mode raise tells what it found", async () => {
    const { reply, handled } = await request("/atomicAndPreviousTransaction");
    expect(handled).toMatchObject([{ name: "InvalidRequestError" }]);
    expect(reply.body).toContain("handled: The session of this context already has an open transaction.");
  });
}
