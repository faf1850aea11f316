// Which file may import which.
import { findCycles } from "./find-cycles.ts";
import type { Problem } from "./problem.ts";
import type { Import, SourceFacts } from "./read-source.ts";
import { layerOf, nodeLayers, ranks } from "./rules.ts";

export function checkImports(sources: readonly SourceFacts[]): Problem[] {
  const known = new Set(sources.map((source) => source.path));
  return [
    ...sources.flatMap(unrankedLayer),
    ...sources.flatMap((source) => source.imports.flatMap((edge) => checkImport(source.path, edge, known))),
    ...cycles(sources),
  ];
}

function unrankedLayer({ path }: SourceFacts): Problem[] {
  const layer = layerOf(path);
  if (layer in ranks) return [];
  return [{ rule: "layer", file: path, message: `src/${layer}/ has no rank in scripts/architecture/rules.ts` }];
}

function checkImport(file: string, edge: Import, known: ReadonlySet<string>): Problem[] {
  const problem = (rule: Problem["rule"], message: string): Problem[] => [{ rule, file, line: edge.line, message }];
  if (edge.target.startsWith("node:")) {
    if (nodeLayers.includes(layerOf(file))) return [];
    return problem("node-import", `imports ${edge.target}; only ${nodeLayers.join(", ")} may import node:*`);
  }
  if (!edge.relative)
    return problem("package-import", `imports the package ${edge.target}; the library has no dependencies`);
  if (!known.has(edge.target)) return problem("missing-file", `imports ${edge.target}, which is not in src/`);
  return checkLayers(file, edge, problem);
}

function checkLayers(
  file: string,
  edge: Import,
  problem: (rule: Problem["rule"], message: string) => Problem[],
): Problem[] {
  const [from, to] = [layerOf(file), layerOf(edge.target)];
  if (from === to) return [];
  if (rankOf(to) >= rankOf(from)) {
    return problem("layer", `${from} (rank ${rankOf(from)}) imports ${edge.target} of ${to} (rank ${rankOf(to)})`);
  }
  // An entry point picks the names of one dialect or adapter, so it may reach into a layer.
  if (from === "entry" || edge.target === `src/${to}/index.ts`) return [];
  return problem("index", `imports ${edge.target}; another layer is imported through src/${to}/index.ts`);
}

function rankOf(layer: string): number {
  return ranks[layer] ?? Number.POSITIVE_INFINITY;
}

function cycles(sources: readonly SourceFacts[]): Problem[] {
  const edges = new Map(sources.map((source) => [source.path, relativeTargets(source)]));
  return findCycles(edges).map((cycle) => ({
    rule: "cycle",
    file: cycle[0] ?? "",
    message: `import cycle: ${cycle.join(" → ")}`,
  }));
}

function relativeTargets(source: SourceFacts): string[] {
  return source.imports.filter((edge) => edge.relative).map((edge) => edge.target);
}
