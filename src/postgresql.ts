/** Constructs of PostgreSQL alone. */
export {
  ConflictInsert,
  type ConflictTarget,
  type ConflictUpdate,
  insert,
  type ProposedRow,
} from "./dialect/conflict-insert.ts";
export { postgresql as dialect } from "./dialect/postgresql/dialect.ts";
