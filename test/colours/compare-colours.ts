// Runs before each test file: both colours of each case must send the same statements (DESIGN, section 6).
import { afterAll, afterEach, beforeEach, expect, type TestContext } from "vitest";
import { type CaseName, caseNameOf, ColourLogs } from "./colour-logs.ts";
import { takeReason } from "./colours-differ.ts";
import { recordSent } from "./sent-statements.ts";

const logs = new ColourLogs();
let running: { readonly name: CaseName; readonly statements: string[] } | null = null;

beforeEach(({ task }: TestContext) => {
  const name = caseNameOf(fullNameOf(task));
  if (name === null) return;
  const statements: string[] = [];
  running = { name, statements };
  recordSent((statement) => void statements.push(statement));
});

afterEach(({ task }: TestContext) => {
  recordSent(null);
  const reason = takeReason();
  if (running === null) return;
  const { key, colour } = running.name;
  // a failed case says enough by itself
  if (task.result?.state !== "fail") logs.add(key, { colour, statements: running.statements, reason });
  running = null;
});

afterAll(() => {
  const differences = logs.differences();
  expect(differences.length, `the colours of cases send different statements:\n${differences.join("\n")}`).toBe(0);
});

function fullNameOf(task: TestContext["task"]): string {
  const names = [task.name];
  for (let { suite } = task; suite !== undefined; suite = suite.suite) names.unshift(suite.name);
  return names.join(" > ");
}
