import type { DialectProfile } from "../compile/index.ts";
import type { Codec, TypeTable } from "../types/index.ts";
import type { ErrorTable } from "./classify.ts";
import type { Reflection } from "./reflection.ts";

export type DialectName = "sqlite" | "postgresql" | "mariadb" | "mysql";

/** One database: a list of named choices, and code only where the shape of the SQL differs. */
export interface Dialect extends DialectProfile {
  readonly name: DialectName;
  /** Which drivers serve it: MariaDB and MySQL speak one protocol. */
  readonly family: "sqlite" | "postgresql" | "mysql";
  readonly errors: ErrorTable;
  /** Its types, with another way to write and read JSON. */
  readonly typesWith: (json: Codec) => TypeTable;
  /** Sent once to every new physical connection. */
  readonly sessionSetup: readonly string[];
  readonly reflection: Reflection;
}
