// The outcomes of A3-58, through every adapter and over HTTP: one application with a route for each handler.
import { describe, expect, test } from "vitest";
import { describeTargets, type Target, testOn } from "../../targets/index.ts";
import { type ExampleHandler, exampleHandlers } from "../context/example-handlers.ts";
import { openConnect, type Opened } from "../context/open-connect.ts";
import { ask, type Reply } from "./ask.ts";
import { type Framework, frameworks, type Route } from "./frameworks/index.ts";

/** What one request came to. */
interface Outcome {
  readonly reply: Reply;
  /** The rows that others saw when the head of the response was there, and when all of it was. */
  readonly rows: readonly number[];
  readonly checkedOut: number;
  /** What came to the framework's own handling of errors. */
  readonly handled: readonly unknown[];
}

/** `/simpleUsage` and so on, each with its handler. */
function routesOver({ connect }: Opened): Route {
  return async ({ pathname }) => {
    const { run, answers = 200 } = exampleHandlers[pathname.slice(1)] as ExampleHandler;
    await run(connect);
    return { status: Number(answers), body: `did ${pathname}` };
  };
}

async function request(framework: Framework, target: Target, path: string): Promise<Outcome> {
  const opened = await openConnect(target);
  const application = await framework.start(routesOver(opened), {});
  try {
    const rows: number[] = [];
    const look = async (): Promise<unknown> => rows.push(await opened.count());
    const reply = await ask(application.url + path, look);
    await look();
    return { reply, rows, checkedOut: opened.checkedOut(), handled: application.handled };
  } finally {
    await application.close();
  }
}

function cases(framework: Framework, target: Target): void {
  for (const [name, { rows, answers = 200, needsManyWriters }] of Object.entries(exampleHandlers)) {
    testOn(target, needsManyWriters === true ? ["many writers"] : [], `${name}: ${rows} rows`, async () => {
      const outcome = await request(framework, target, `/${name}`);
      expect(outcome.reply).toMatchObject(
        answers === "throws" ? { status: 500 } : { status: answers, body: `did /${name}` },
      );
      expect(outcome).toMatchObject({ rows: [rows, rows], checkedOut: 0 });
      expect(outcome.handled).toHaveLength(answers === "throws" ? 1 : 0);
    });
  }

  test("the mode raise tells what it found", async () => {
    const { reply, handled } = await request(framework, target, "/atomicAndPreviousTransaction");
    expect(handled).toMatchObject([{ name: "InvalidRequestError" }]);
    expect(reply.body).toContain("handled: The session of this context already has an open transaction.");
  });
}

describeTargets("the handlers of the examples, asked over HTTP", (target) => {
  // What differs between sync and async sessions is not the framework's: one of each form is enough.
  const isAsked = ({ name }: Framework): boolean => target.mode === "async" || /^(?:node:http|Next)$/.test(name);
  for (const framework of frameworks.filter(isAsked)) describe(framework.name, () => cases(framework, target));
});
