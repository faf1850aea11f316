import { AsyncLocalStorage } from "node:async_hooks";
import { AssertionError } from "node:assert";
import { everyEngine, type StatementEvent } from "../engine/index.ts";

interface Tally {
  readonly statements: string[];
  readonly outer: Tally | undefined;
}

const tallies = new AsyncLocalStorage<Tally>();
let counting = 0;

/**
 * Calls a function and counts the statements it sends, on every engine: those of code that runs at the same time
 * elsewhere are not counted. BEGIN, COMMIT, ROLLBACK and savepoints are no statements here.
 *
 * @throws AssertionError of `node:assert` that shows the statements when there were more or fewer than `expected`.
 */
export async function assertQueryCount<T>(expected: number, body: () => T): Promise<Awaited<T>> {
  const tally: Tally = { statements: [], outer: tallies.getStore() };
  if (counting++ === 0) everyEngine.add("beforeCursorExecute", count);
  try {
    const answer = await tallies.run(tally, body);
    const actual = tally.statements.length;
    if (actual !== expected) throw wrongCount(expected, tally.statements);
    return answer;
  } finally {
    if (--counting === 0) everyEngine.remove("beforeCursorExecute", count);
  }
}

function count({ sql }: StatementEvent): void {
  for (let tally = tallies.getStore(); tally !== undefined; tally = tally.outer) tally.statements.push(sql);
}

function wrongCount(expected: number, statements: readonly string[]): AssertionError {
  const list = statements.map((sql, index) => `  ${index + 1}. ${sql}`).join("\n");
  return new AssertionError({
    message: `Expected ${expected} statements, but ${statements.length} were sent${list === "" ? "." : `:\n${list}`}`,
    actual: statements.length,
    expected,
    operator: "strictEqual",
    stackStartFn: assertQueryCount,
  });
}
