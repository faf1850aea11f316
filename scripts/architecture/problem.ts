import type { Rule } from "./rules.ts";

export interface Problem {
  readonly rule: Rule;
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}
