// Packages that bring no types, as far as they are used here.
declare module "better-sqlite3" {
  interface Statement {
    readonly reader: boolean;
    get(...values: unknown[]): unknown;
    all(...values: unknown[]): unknown[];
    run(...values: unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
    iterate(...values: unknown[]): IterableIterator<unknown>;
  }
  class Database {
    constructor(file: string);
    prepare(sql: string): Statement;
    exec(sql: string): this;
    close(): this;
  }
  export = Database;
}

declare module "pg-cursor" {
  class Cursor<T> {
    constructor(sql: string, values: unknown[]);
    read(count: number): Promise<T[]>;
    close(): Promise<void>;
    submit(connection: import("pg").Connection): void;
  }
  export = Cursor;
}
