import type { BoundStatement } from "../compile/index.ts";

const READS: ReadonlySet<string> = new Set([
  "select",
  "show",
  "values",
  "explain",
  "describe",
  "desc",
  "table",
  "pragma",
]);
const FIRST_WORD = /^[\s(]*([a-z]+)/i;

/** Tells whether a statement certainly only reads, as far as its text says. */
export function isRead({ compiled, sql }: Pick<BoundStatement, "compiled" | "sql">): boolean {
  if (compiled.kind === "select") return true;
  if (compiled.kind !== "text") return false;
  const word = FIRST_WORD.exec(sql)?.[1];
  return word !== undefined && READS.has(word.toLowerCase());
}
