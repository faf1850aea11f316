// INSERTs of many rows over a package without the bulk protocol: rows share statements.

/** An INSERT whose row of placeholders can be repeated. */
export interface MultiRowInsert {
  forRows(count: number): string;
}

/** Rows that go into one statement. */
export interface InsertPage {
  readonly length: number;
  /** As many rows as ever go into one: the same statement will do again. */
  readonly isFull: boolean;
  readonly values: readonly unknown[];
}

const PAGE_ROWS = 500;
const PAGE_PARAMETERS = 65_535; // the protocol counts them in 16 bits
const PAGE_BYTES = 1 << 20; // servers refuse packets beyond max_allowed_packet, 16 MiB by default

const ROW_AT_END =
  /^(\s*(?:INSERT|REPLACE)(?:\s+IGNORE)?\s+INTO\s+(?:[\w.$]|`[^`?]*`)+\s*(?:\([^()?]*\)\s*)?VALUES\s*)(\(\s*\?(?:\s*,\s*\?)*\s*\))\s*$/i;

/** Reads an INSERT that ends with one row of nothing but placeholders; `null` for any other statement. */
export function multiRowInsert(sql: string): MultiRowInsert | null {
  const [, head, row] = ROW_AT_END.exec(sql) ?? [];
  if (head === undefined || row === undefined) return null;
  return { forRows: (count) => head + `${row}, `.repeat(count - 1) + row };
}

/** Cuts rows into pages within what a statement and a packet may hold. */
export function* pagesOf(sets: readonly (readonly unknown[])[], rows: number = PAGE_ROWS): Generator<InsertPage> {
  const most = Math.max(1, Math.min(rows, Math.floor(PAGE_PARAMETERS / Math.max(1, sets[0]?.length ?? 1))));
  for (let from = 0; from < sets.length; ) {
    const to = endOfPage(sets, from, most);
    const page = sets.slice(from, to);
    yield { length: page.length, isFull: page.length === most, values: page.flat() };
    from = to;
  }
}

function endOfPage(sets: readonly (readonly unknown[])[], from: number, most: number): number {
  let bytes = 0;
  let at = from;
  while (at < sets.length && at - from < most) {
    bytes += sizeOf(sets[at] ?? []);
    if (bytes > PAGE_BYTES && at > from) break;
    at++;
  }
  return at;
}

function sizeOf(values: readonly unknown[]): number {
  let size = 0;
  for (const value of values) {
    if (typeof value === "string") size += value.length * 3;
    else size += value instanceof Uint8Array ? value.length : 9;
  }
  return size;
}
