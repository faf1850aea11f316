/** Constructs of MariaDB and MySQL. */
export { type ProposedRow } from "./dialect/conflict-insert.ts";
export { DuplicateKeyInsert, insert } from "./dialect/mysql/duplicate-key-insert.ts";
export { mariadb, mysql } from "./dialect/mysql/dialect.ts";
