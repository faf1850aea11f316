import type { SqlWriter } from "../compile/index.ts";
import type { ExpressionNode, OnConflictNode } from "../sql/index.ts";

/** ON CONFLICT … DO …, as PostgreSQL and SQLite write it. */
export function writeOnConflict(writer: SqlWriter, node: OnConflictNode): string {
  if (node.style !== "conflict") return writer.unsupported("ON DUPLICATE KEY UPDATE; use onConflictDoUpdate()");
  let sql = " ON CONFLICT";
  if (node.constraint !== null) sql += ` ON CONSTRAINT ${writer.quote(node.constraint)}`;
  else if (node.targets.length > 0) sql += ` (${node.targets.map((name) => writer.quote(name)).join(", ")})`;
  if (node.targetWhere !== null) sql += ` WHERE ${indexCondition(writer, node.targetWhere)}`;
  if (node.action === "nothing") return `${sql} DO NOTHING`;
  sql += ` DO UPDATE SET ${assignments(writer, node)}`;
  return node.where === null ? sql : `${sql} WHERE ${writer.write(node.where)}`;
}

function indexCondition(writer: SqlWriter, condition: ExpressionNode): string {
  const outer = writer.bareColumns;
  writer.bareColumns = true;
  const sql = writer.write(condition);
  writer.bareColumns = outer;
  return sql;
}

/** ON DUPLICATE KEY UPDATE, as MariaDB and MySQL write it. */
export function writeOnDuplicateKey(writer: SqlWriter, node: OnConflictNode): string {
  if (node.style !== "duplicate-key") return writer.unsupported("ON CONFLICT; use onDuplicateKeyUpdate()");
  return ` ON DUPLICATE KEY UPDATE ${assignments(writer, node)}`;
}

function assignments(writer: SqlWriter, node: OnConflictNode): string {
  return node.columns
    .map((name, index) => {
      const value = node.values[index];
      if (value === undefined) return "";
      return `${writer.quote(name)} = ${value.kind === "literal" ? writer.literal(value, false) : writer.write(value)}`;
    })
    .join(", ");
}
