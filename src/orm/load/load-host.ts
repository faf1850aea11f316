import type { ConnectionCore, Environment } from "../../engine/index.ts";
import type { Flow } from "../../flow/index.ts";
import type { Executable, ForUpdateNode, StatementOption } from "../../sql/index.ts";
import type { EntityMapper } from "../mapping/entity-mapper.ts";
import type { IdentityMap } from "../state/identity-map.ts";
import type { IdentityToken } from "../state/identity-token.ts";
import type { BindArguments } from "../session/bind-request.ts";
import type { InstanceState, StateOwner } from "../state/instance-state.ts";

/** What a connection is wanted for, which tells one of several engines: a class or a whole statement. */
export type BindSubject = EntityMapper | Executable;

/** How one statement is executed. */
export interface QueryOptions {
  /** Overwrite what is loaded, and changes not flushed, by what the database says. */
  readonly populateExisting?: boolean;
  /** Bring loaded objects up to date, but keep changes not flushed. */
  readonly refresh?: boolean;
  /** Takes the records of all objects that the statement and those after it bring into the session, a list of each. */
  readonly created?: (readonly InstanceState[])[];
  /** What tells which of several engines serves it. */
  readonly bindArguments?: BindArguments;
  /** What a statement of the library's own loads; listeners are told. */
  readonly purpose?: "relationship" | "column";
  /** The object whose attribute was read, where reading it loads. */
  readonly lazyLoadedFrom?: InstanceState;
  /** The database that rows are read from, where keys repeat between several. */
  readonly identityToken?: IdentityToken | null;
  /** The program's own, for listeners. */
  readonly executionOptions?: Readonly<Record<string, unknown>>;
  /** The lock to take on rows read by key. */
  readonly forUpdate?: ForUpdateNode;
  /** What is to come with an object read by key. */
  readonly options?: readonly StatementOption[];
}

/** What loading needs of a session. */
export interface LoadHost extends StateOwner {
  readonly identityMap: IdentityMap;
  /** Whether code may be generated; see the engines' option. */
  readonly jit: boolean | undefined;
  /** The environment of the engine that serves a subject; found without opening a connection. */
  environmentFor(subject: BindSubject, given?: BindArguments): Environment;
  /** The connection of the session's transaction for a subject, opened and begun if need be. */
  connectionFlow(subject: BindSubject, given?: BindArguments): Flow<ConnectionCore>;
  /** Tells listeners of objects that rows were made into; costs one check where nobody listens. */
  tellLoadedFlow(states: readonly InstanceState[]): Flow<void>;
  /** Tells listeners of objects that were read again. */
  tellRefreshedFlow(states: Iterable<InstanceState>): Flow<void>;
  /** Executes a statement of the library's own that selects a mapped class first, and what is to come with it. */
  objectsFlow(statement: Executable, options: QueryOptions): Flow<readonly (readonly unknown[])[]>;
}

/** Options of a statement that reads what belongs to rows of a token; those given where there is none. */
export function underToken(token: IdentityToken | null, options: QueryOptions): QueryOptions {
  if (token === (options.identityToken ?? null)) return options;
  const { identityToken: _other, ...bindArguments } = options.bindArguments ?? {};
  if (token === null) return { ...options, identityToken: null, bindArguments };
  return { ...options, identityToken: token, bindArguments: { ...bindArguments, identityToken: token } };
}
