import { eachChild, type ExpressionNode, type Node } from "../sql/index.ts";
import { type DialectProfile, SqlWriter } from "./sql-writer.ts";

/** The SQL of an expression that needs no parameters, such as `now()`; `null` for any other. */
export function constantSql(node: ExpressionNode, dialect: DialectProfile): string | null {
  if (needsContext(node)) return null;
  const writer = new SqlWriter(dialect, new Map());
  writer.bareColumns = true;
  return writer.write(node);
}

// a query may hold anything, and be written in terms of what is around it
function needsContext(node: Node): boolean {
  if (node.kind === "literal" || node.kind === "select" || node.kind === "compound" || node.kind === "text")
    return true;
  let found = false;
  eachChild(node, (child) => {
    found ||= needsContext(child);
  });
  return found;
}
