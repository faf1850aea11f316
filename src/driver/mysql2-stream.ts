import { mysql2Column, type Mysql2ColumnDefinition, renameUnloved } from "./mysql2-column.ts";
import type { MysqlStream, MysqlStreamListener } from "./mysql-client.ts";
import { bigintsOf, exactRow } from "./mysql2-rows.ts";

type Row = readonly unknown[];

/** A command of the package that was given no callback: it emits rows as they arrive. */
export interface Mysql2Command {
  on(event: "fields", listener: (fields: readonly Mysql2ColumnDefinition[] | undefined) => void): unknown;
  on(event: "result", listener: (row: unknown) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "end", listener: () => void): unknown;
}

/** The connection as far as a stream has to do with it. */
export interface Mysql2Source {
  pause(): void;
  resume(): void;
  on(event: "error", listener: (error?: unknown) => void): unknown;
  removeListener(event: "error", listener: (error?: unknown) => void): unknown;
}

const ENOUGH = 64; // rows; then the socket is not read until they are taken

/** Rows of one command as they arrive; the socket rests while enough of them wait. */
export class Mysql2Stream implements MysqlStream {
  readonly #source: Mysql2Source;
  readonly #start: () => Mysql2Command;
  #rows: Row[] = [];
  #at = 0;
  #bigints: readonly number[] = [];
  #paused = false;
  #discards = false;

  constructor(source: Mysql2Source, start: () => Mysql2Command) {
    this.#source = source;
    this.#start = start;
  }

  read(): Row | null {
    if (this.#at === this.#rows.length) this.#refill();
    if (this.#at === this.#rows.length) return null;
    return this.#rows[this.#at++] as Row;
  }

  close(): void {
    this.#discards = true;
    this.#refill();
  }

  listen(listener: MysqlStreamListener): void {
    // a lost connection tells itself, not the command it was busy with
    const end = (error?: unknown): void => {
      this.#source.removeListener("error", end);
      listener.end(error);
    };
    this.#source.on("error", end);
    const command = this.#start();
    command.on("fields", (fields) => {
      // a statement without rows
      if (fields === undefined) return;
      renameUnloved(fields);
      this.#bigints = bigintsOf(fields);
      listener.columns(fields.map(mysql2Column));
    });
    command.on("result", (row) => {
      if (this.#discards || !Array.isArray(row)) return;
      this.#rows.push(exactRow(row as unknown[], this.#bigints));
      if (this.#rows.length >= ENOUGH) this.#pause();
      listener.readable();
    });
    command.on("error", end);
    command.on("end", () => end());
  }

  /** May call the listener before it returns: rows that had arrived are handled at once. */
  #refill(): void {
    this.#rows = [];
    this.#at = 0;
    if (!this.#paused) return;
    this.#paused = false;
    this.#source.resume();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#source.pause();
  }
}
