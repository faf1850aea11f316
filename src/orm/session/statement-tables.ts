import { eachChild, leadingSelect, type Node, type StatementNode, type TableNode } from "../../sql/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import { tableMapper } from "../mapping/table-mapper.ts";

/** The mapped class a statement is about first: of its first column, or of the table it changes. */
export function primaryMapper(node: StatementNode): EntityMapper | undefined {
  switch (node.kind) {
    case "select":
    case "compound": {
      const [first] = leadingSelect(node).columns;
      if (first?.kind === "entity") return first.mapper as EntityMapper;
      return first === undefined ? undefined : mapperIn(first);
    }
    case "insert":
    case "update":
    case "delete":
      return (node.target?.mapper as EntityMapper | undefined) ?? tableMapper(node.table);
    default:
      return undefined;
  }
}

function mapperIn(node: Node): EntityMapper | undefined {
  for (const table of tablesIn(node)) {
    const mapper = tableMapper(table);
    if (mapper !== undefined) return mapper;
  }
  return undefined;
}

/** The tables a statement mentions, each once, in the order in which it names them. */
export function tablesIn(root: Node): ReadonlySet<TableNode> {
  const tables = new Set<TableNode>();
  const seen = new Set<Node>();
  const visit = (node: Node): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "table") tables.add(node);
    else eachChild(node, visit);
  };
  visit(root);
  return tables;
}
