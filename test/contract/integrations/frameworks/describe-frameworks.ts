import { describe } from "vitest";
import type { Framework } from "./framework.ts";

/** Runs the cases through each framework; one that cannot be had shows as skipped, with the reason. */
export function describeFrameworks(frameworks: readonly Framework[], cases: (framework: Framework) => void): void {
  for (const framework of frameworks) {
    if (framework.skipped === undefined) describe(framework.name, () => cases(framework));
    else describe.skip(`${framework.name}: ${framework.skipped}`, () => cases(framework));
  }
}
