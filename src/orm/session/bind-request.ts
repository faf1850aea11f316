import type { Table } from "../../schema/index.ts";
import type { EntityClass, Executable } from "../../sql/index.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { DeclarativeBase } from "../mapping/declarative-base.ts";

/** What an engine can be named for: all classes of a declarative base, one mapped class, one table. */
export type BindKey = DeclarativeBase | EntityClass | Table;

/** What tells which of a session's engines serves a call; names of your own reach your `getBind`. */
export interface BindArguments {
  /** The engine or connection itself. */
  readonly bind?: unknown;
  /** A mapped class, whose engine is taken. */
  readonly mapper?: EntityClass;
  /** A statement or table, whose classes and tables are looked up. */
  readonly clause?: Executable | Table;
  /** The database that is meant where keys repeat between several; see the execution option of the same name. */
  readonly identityToken?: IdentityToken;
  readonly [name: string]: unknown;
}

/** What a session asks of `getBind`. */
export interface BindRequest extends BindArguments {
  /** True while a flush writes. */
  readonly flushing?: boolean;
}

/** Options that name engines; `B` is an engine or connection of the session's colour. */
export interface SessionBindOptions<B> {
  /** Engines by what they serve; what is named by none goes to the session's own. */
  readonly binds?: ReadonlyMap<BindKey, B> | readonly (readonly [BindKey, B])[];
  /** Chooses the engine of each call; answer nothing to leave it to `binds` and the session's own. */
  readonly getBind?: (request: BindRequest) => B | null | undefined;
}
