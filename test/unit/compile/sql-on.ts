// What a statement becomes on each dialect.
import { bindStatement, type DialectProfile, type Parameters, prepareStatement } from "../../../src/compile/index.ts";
import { mariadb, mysql, postgresql, sqlite } from "../../../src/dialect/index.ts";
import { AthanorError } from "../../../src/errors/index.ts";
import { integer, json, MetaData, string, Table, timestamp } from "../../../src/schema/index.ts";
import type { Executable } from "../../../src/sql/index.ts";

const dialects: readonly DialectProfile[] = [postgresql, sqlite, mariadb, mysql];

export const metadata = new MetaData();
export const users = new Table("users", metadata, {
  id: integer().primaryKey(),
  name: string(50),
  age: integer().nullable(),
  joinedAt: timestamp().named("joined_at"),
});
export const posts = new Table("posts", metadata, {
  id: integer().primaryKey(),
  userId: integer().references("users.id").named("user_id"),
  title: string(),
  data: json().nullable(),
});

/** One line for each dialect; those that write the same share one. */
export function sqlOn(statement: Executable, params?: Parameters): string {
  const lines = new Map<string, string[]>();
  for (const dialect of dialects) {
    const line = written(statement, dialect, params);
    lines.set(line, [...(lines.get(line) ?? []), dialect.name]);
  }
  return [...lines].map(([line, names]) => `${names.join(", ")}: ${line}`).join("\n");
}

function written(statement: Executable, dialect: DialectProfile, params: Parameters | undefined): string {
  try {
    const context = params === undefined ? {} : { parameterKeys: Object.keys(params) };
    const bound = bindStatement(prepareStatement(statement, dialect, null, context), dialect, params);
    return bound.params.length === 0 ? bound.sql : `${bound.sql} -- ${bound.params.map(shown).join(", ")}`;
  } catch (error) {
    if (error instanceof AthanorError) return `${error.name}: ${error.message}`;
    throw error;
  }
}

// a bigint (what SQLite is given for whole numbers) looks like the number, so that dialects can share a line
function shown(value: unknown): string {
  return typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
}

/** The SQL on one dialect, without its values. */
export function sqlOf(statement: Executable, dialect: DialectProfile = postgresql): string {
  return prepareStatement(statement, dialect, null).compiled.sql;
}
