/** Constructs of SQLite alone. */
export {
  ConflictInsert,
  type ConflictTarget,
  type ConflictUpdate,
  insert,
  type ProposedRow,
} from "./dialect/conflict-insert.ts";
export { sqlite as dialect } from "./dialect/sqlite/dialect.ts";
