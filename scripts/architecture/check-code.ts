// What one file may hold, and how much of it.
import type { Problem } from "./problem.ts";
import type { SourceFacts } from "./read-source.ts";
import { codeFromTextFile, limits } from "./rules.ts";

export function checkCode(sources: readonly SourceFacts[]): Problem[] {
  return [...sources.flatMap((source) => [...checkFile(source)]), ...checkAny(sources)];
}

function* checkFile({ path: file, ...facts }: SourceFacts): Generator<Problem> {
  if (file !== codeFromTextFile) {
    for (const line of facts.codeFromText) {
      yield { rule: "code-from-text", file, line, message: `code from text is made in ${codeFromTextFile} only` };
    }
  }
  for (const line of facts.bareErrors) {
    yield { rule: "bare-error", file, line, message: "throws a bare Error; src/errors/ has the classes" };
  }
  if (facts.codeLines > limits.fileLines) {
    yield { rule: "file-lines", file, message: `${facts.codeLines} lines of code, at most ${limits.fileLines}` };
  }
  for (const { name, line, lines } of facts.functions) {
    if (lines <= limits.functionLines) continue;
    yield {
      rule: "function-lines",
      file,
      line,
      message: `${name} has ${lines} lines, at most ${limits.functionLines}`,
    };
  }
}

export interface AnyCounts {
  readonly anyPerThousand: number;
  readonly asAnyPerThousand: number;
}

/** Type-level code (`typing/`) needs `any` in variance positions and is not counted. */
export function countAny(sources: readonly SourceFacts[]): AnyCounts {
  const counted = sources.filter((source) => !source.path.includes("/typing/"));
  const thousands = sum(counted, (source) => source.codeLines) / 1000 || 1;
  return {
    anyPerThousand: sum(counted, (source) => source.anyCount) / thousands,
    asAnyPerThousand: sum(counted, (source) => source.asAnyCount) / thousands,
  };
}

function sum(sources: readonly SourceFacts[], field: (source: SourceFacts) => number): number {
  return sources.reduce((total, source) => total + field(source), 0);
}

function* checkAny(sources: readonly SourceFacts[]): Generator<Problem> {
  const { anyPerThousand, asAnyPerThousand } = countAny(sources);
  if (anyPerThousand > limits.anyPerThousand) yield overBudget("any", anyPerThousand, limits.anyPerThousand);
  if (asAnyPerThousand > limits.asAnyPerThousand) yield overBudget("as any", asAnyPerThousand, limits.asAnyPerThousand);
}

function overBudget(what: string, count: number, budget: number): Problem {
  const message = `\`${what}\` stands ${count.toFixed(2)} times per 1,000 lines outside typing/, budget ${budget}`;
  return { rule: "any", file: "src", message };
}
