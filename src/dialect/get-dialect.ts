import { NoSuchModuleError } from "../errors/index.ts";
import type { Dialect } from "./dialect.ts";
import { mariadb, mysql } from "./mysql/dialect.ts";
import { postgresql } from "./postgresql/dialect.ts";
import { sqlite } from "./sqlite/dialect.ts";

const dialects: ReadonlyMap<string, Dialect> = new Map([
  ["sqlite", sqlite],
  ["postgresql", postgresql],
  ["postgres", postgresql],
  ["mariadb", mariadb],
  ["mysql", mysql],
]);

/**
 * The dialect of a URL's scheme.
 *
 * @throws NoSuchModuleError listing the dialects there are.
 */
export function getDialect(name: string): Dialect {
  const dialect = dialects.get(name);
  if (dialect !== undefined) return dialect;
  throw new NoSuchModuleError(`There is no dialect ${JSON.stringify(name)}. Use sqlite, postgresql, mariadb or mysql.`);
}
