import { CompileError } from "../errors/index.ts";

/**
 * An identifier in quotes; names are always quoted, so that none is read as a keyword or changes its case.
 *
 * @throws CompileError for a name that is empty or holds a NUL character, which no database can take.
 */
export function quoteIdentifier(name: string, quote: '"' | "`"): string {
  if (name === "" || name.includes("\0")) {
    throw new CompileError(`${JSON.stringify(name)} cannot be the name of a table or column.`);
  }
  return name.includes(quote) ? quote + name.replaceAll(quote, quote + quote) + quote : quote + name + quote;
}

/** A table's name in quotes, with its schema. */
export function quoteTable(table: { readonly name: string; readonly schema: string | null }, quote: '"' | "`"): string {
  const name = quoteIdentifier(table.name, quote);
  return table.schema === null ? name : `${quoteIdentifier(table.schema, quote)}.${name}`;
}
