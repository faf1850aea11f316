// The layers and their imports as a mermaid graph.
import type { SourceFacts } from "./read-source.ts";
import { layerOf, ranks } from "./rules.ts";

export function layerDiagram(sources: readonly SourceFacts[]): string {
  const edges = new Set<string>();
  for (const source of sources) {
    for (const { target, relative } of source.imports) {
      const [from, to] = [layerOf(source.path), layerOf(target)];
      if (relative && from !== to) edges.add(`  ${from} --> ${to}`);
    }
  }
  const byRank = (edge: string) => ranks[edge.trim().split(" ")[0] ?? ""] ?? 0;
  const lines = [...edges].sort((a, b) => byRank(b) - byRank(a) || a.localeCompare(b));
  return ["graph TD", ...lines].join("\n");
}
