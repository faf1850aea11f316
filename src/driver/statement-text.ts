// What drivers have to know about a statement from its text alone.

const COMMENTS = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/;

/** The first word of a statement in upper case, past spaces and comments; `""` where there is none. */
export function verbOf(sql: string): string {
  return /^\w+/.exec(afterComments(sql))?.[0].toUpperCase() ?? "";
}

/** A statement without the comments before it. */
function afterComments(sql: string): string {
  const first = sql.charCodeAt(0);
  // most begin with a letter
  return (first | 32) >= 97 && (first | 32) <= 122 ? sql : sql.replace(COMMENTS, "");
}

const KEPT_LENGTH = 4000; // of texts that are longer the values are most likely a part, and those do not come again

const KEEPABLE: ReadonlySet<string> = new Set(["SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"]);

/** Tells whether a statement that nobody asked to prepare may be prepared and kept all the same, a few at a time. */
export function isKeepable(sql: string): boolean {
  return sql.length <= KEPT_LENGTH && KEEPABLE.has(verbOf(sql));
}

/** How many statements that nobody asked to prepare a connection keeps: those of text(), which may not come again. */
export const KEPT_TEXTS = 64;
