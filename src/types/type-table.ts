import type { Codec, Decode } from "./codec.ts";
import type { SqlType } from "./sql-type.ts";

/** How one dialect names SQL types and converts their values. */
export interface TypeTable {
  /**
   * The type's name in DDL and CAST.
   *
   * `keyed` tells that the column is part of a primary key, unique constraint, index or foreign key: MariaDB and
   * MySQL cannot index a TEXT, so a string without length becomes VARCHAR(255) there. `cast` asks for the name CAST
   * takes, where that is another one (MariaDB and MySQL).
   */
  name(type: SqlType, use?: { readonly keyed?: boolean; readonly cast?: boolean }): string;
  /** How values of the type travel, conversions included. Called once per compiled statement, not per row. */
  codec(type: SqlType): Codec;
  /** How to read a column of which only the driver's type code is known (`text()` queries); `null`: as it comes. */
  decodeUntyped(code: number | string | undefined): Decode | null;
  /** Turns any plain JavaScript value into what the drivers of this dialect take; refuses what would lose something. */
  encodeUntyped(value: unknown): unknown;
}
