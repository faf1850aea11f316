export {
  compileDelete,
  compileDeleteMany,
  compileUpdate,
  compileUpdateMany,
  type KeyedStatement,
} from "./change-by-key.ts";
export { bindStatement, bindStatementMany, type Parameters } from "./bind-statement.ts";
export type {
  BindSlot,
  BoundStatement,
  Compiled,
  ExpandingSlot,
  PreparedStatement,
  ResultColumn,
  StatementKind,
} from "./compiled.ts";
export { type CompileContext, compileNode, prepareStatement } from "./compile-statement.ts";
export { constantSql } from "./constant-sql.ts";
export { createTableSql, createTablesSql, dropTablesSql } from "./ddl.ts";
export type { Features, FunctionForm } from "./features.ts";
export { quoteIdentifier, quoteTable } from "./identifier.ts";
export { compileInsertMany, type FilledColumn, type InsertMany } from "./insert-many.ts";
export { inlineText, inlineValue } from "./inline-value.ts";
export { isSameFrom, mentionedFroms } from "./resolve-from.ts";
export { type ManyForm, manyForm } from "./many-form.ts";
export { nextPage, type RowColumn, type RowPages, type RowStatement, type RowValues } from "./row-statement.ts";
export { type DialectProfile, PLACEHOLDER, SqlWriter, type Visitors } from "./sql-writer.ts";
export { StatementCache } from "./statement-cache.ts";
export { expressionVisitors, list, tableName } from "./visit-expression.ts";
export { statementVisitors, writeNamedQuery } from "./visit-statement.ts";
