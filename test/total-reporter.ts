import { writeSync } from "node:fs";
import type { Reporter, TestModule, TestRunEndReason } from "vitest/node";

/** Ends the output with one line that a program can read: `12 passed, 0 failed`. */
export default class TotalReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: TestRunEndReason): void {
    const count = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      // A file that fails outside its tests (while it is loaded, in a hook of the file) counts as one failure.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) count[test.result().state]++;
    }
    // Servers that did not start, a run that was interrupted: no test failed, and yet the run did.
    if (reason !== "passed" && count.failed === 0) count.failed = 1;
    const skipped = count.skipped + count.pending;
    const line = `${count.passed} passed, ${count.failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    // At exit, so that nothing of the other reporters or of the teardown comes after it.
    process.on("exit", () => writeSync(1, `${line}\n`));
  }
}
