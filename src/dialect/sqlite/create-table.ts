// What SQLite tells only by the text of CREATE TABLE: names of constraints, conditions, expressions.

export interface CreateTable {
  readonly primaryKeyName: string | null;
  /** By column, in lower case. */
  readonly computed: ReadonlyMap<string, string>;
  readonly checks: readonly { readonly name: string | null; readonly sqltext: string }[];
  /** Named ones; columns in lower case. */
  readonly uniques: readonly { readonly name: string; readonly columns: readonly string[] }[];
  /** In the order of the text; columns in lower case. */
  readonly foreignKeys: readonly {
    readonly name: string | null;
    readonly columns: readonly string[];
    readonly deferrable: boolean;
  }[];
}

interface Token {
  readonly text: string;
  /** A bare word in upper case, or a mark. */
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

const TOKEN =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|\S/g;

function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const [text] = match;
    if (text.startsWith("--") || text.startsWith("/*")) continue;
    const isQuoted = /^['"`[]/.test(text);
    tokens.push({ text, word: isQuoted ? "" : text.toUpperCase(), from: match.index, to: match.index + text.length });
  }
  return tokens;
}

/** A name as it stands in SQL, without its quotes. */
function nameOf(token: Token | undefined): string {
  const text = token?.text ?? "";
  const quote = text[0] ?? "";
  if (quote === "[") return text.slice(1, -1);
  return `'"\``.includes(quote) && quote !== "" ? text.slice(1, -1).replaceAll(quote + quote, quote) : text;
}

const TABLE_CONSTRAINTS: ReadonlySet<string> = new Set(["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"]);

/** Reads the text of a CREATE TABLE as SQLite keeps it; of anything else it tells nothing. */
export function readCreateTable(sql: string): CreateTable {
  const reader = new DefinitionReader(sql);
  reader.read();
  return reader;
}

/** Reads the elements of a CREATE INDEX, and the condition of the rows that are in it. */
export function readCreateIndex(sql: string): {
  readonly expressions: readonly string[];
  readonly where: string | null;
} {
  const tokens = tokenize(sql);
  const open = tokens.findIndex(({ word }) => word === "(");
  if (open < 0) return { expressions: [], where: null };
  const expressions: string[] = [];
  let [depth, from, at] = [0, tokens[open]?.to ?? 0, open];
  for (; at < tokens.length; at++) {
    const { word, from: start, to } = tokens[at] as Token;
    if (word === "(") depth++;
    if (word === ")") depth--;
    if (depth === 0 || (depth === 1 && word === ",")) {
      expressions.push(sql.slice(from, start).trim());
      from = to;
    }
    if (depth === 0) break;
  }
  const where = tokens[at + 1]?.word === "WHERE" ? sql.slice(tokens[at + 1]?.to).trim() : null;
  return { expressions, where };
}

class DefinitionReader implements CreateTable {
  primaryKeyName: string | null = null;
  readonly computed = new Map<string, string>();
  readonly checks: { name: string | null; sqltext: string }[] = [];
  readonly uniques: { name: string; columns: readonly string[] }[] = [];
  readonly foreignKeys: { name: string | null; columns: readonly string[]; deferrable: boolean }[] = [];
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = tokenize(sql);
  }

  read(): void {
    const open = this.#tokens.findIndex(({ word }) => word === "(" || word === "AS");
    if (this.#tokens[0]?.word !== "CREATE" || this.#tokens[open]?.word !== "(") return;
    if (this.#tokens.slice(0, open).some(({ word }) => word === "VIRTUAL")) return;
    this.#at = open + 1;
    while (this.#at < this.#tokens.length && this.#word() !== ")") {
      this.#readItem();
      if (this.#word() === ",") this.#at++;
    }
  }

  #word(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.word ?? "";
  }

  /** A column or a table's constraint, up to the comma or the closing parenthesis. */
  #readItem(): void {
    const column = TABLE_CONSTRAINTS.has(this.#word()) ? null : nameOf(this.#tokens[this.#at++]).toLowerCase();
    let name: string | null = null;
    while (this.#at < this.#tokens.length && this.#word() !== "," && this.#word() !== ")") {
      if (this.#word() === "CONSTRAINT") {
        name = nameOf(this.#tokens[this.#at + 1]);
        this.#at += 2;
      } else if (this.#readConstraint(name, column)) name = null;
    }
  }

  /** Tells whether there was one; else a word or a group in parentheses is passed over. */
  #readConstraint(name: string | null, column: string | null): boolean {
    switch (this.#word()) {
      case "PRIMARY":
        this.#at += 2;
        this.primaryKeyName = name;
        return this.#skipColumns();
      case "UNIQUE": {
        this.#at++;
        const columns = column === null ? this.#columns() : [column];
        if (name !== null) this.uniques.push({ name, columns });
        return true;
      }
      case "CHECK":
        this.#at++;
        this.checks.push({ name, sqltext: this.#group() });
        return true;
      case "FOREIGN":
        this.#at += 2;
        return this.#readReferences(name, this.#columns());
      case "REFERENCES":
        return this.#readReferences(name, [column ?? ""]);
      case "AS":
        this.#at++;
        if (column !== null) this.computed.set(column, this.#group());
        return true;
      case "(":
        this.#group();
        return false;
      default:
        this.#at++;
        return false;
    }
  }

  #skipColumns(): true {
    if (this.#word() === "(") this.#group();
    return true;
  }

  #readReferences(name: string | null, columns: readonly string[]): true {
    this.#at += 2; // REFERENCES and the table
    if (this.#word() === "(") this.#group();
    let deferred = false;
    for (;;) {
      const word = this.#word();
      if (word === "ON") this.#at += this.#word(2) === "CASCADE" || this.#word(2) === "RESTRICT" ? 3 : 4;
      else if (word === "MATCH") this.#at += 2;
      else if (word === "INITIALLY") {
        deferred ||= this.#word(1) === "DEFERRED";
        this.#at += 2;
      } else if (word === "DEFERRABLE") this.#at++;
      else if (word === "NOT" && this.#word(1) === "DEFERRABLE") this.#at += 2;
      else break;
    }
    this.foreignKeys.push({ name, columns, deferrable: deferred });
    return true;
  }

  /** The names in parentheses, in lower case. */
  #columns(): readonly string[] {
    const from = this.#at + 1;
    this.#group();
    const columns: string[] = [];
    for (let at = from; at < this.#at; at++) {
      if (at === from || this.#tokens[at - 1]?.word === ",") columns.push(nameOf(this.#tokens[at]).toLowerCase());
    }
    return columns;
  }

  /** The SQL between an opening parenthesis and the one that closes it, and goes behind that. */
  #group(): string {
    const open = this.#tokens[this.#at];
    let depth = 0;
    do {
      const word = this.#word();
      if (word === "(") depth++;
      if (word === ")") depth--;
      this.#at++;
    } while (depth > 0 && this.#at < this.#tokens.length);
    return this.#sql.slice(open?.to ?? 0, this.#tokens[this.#at - 1]?.from).trim();
  }
}
