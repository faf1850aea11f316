/** What a case may need of a target. */
export type Feature =
  | "connections that can be lost"
  | "deferred constraints"
  | "faults from the same thread"
  | "many connections"
  | "many writers"
  | "promises"
  | "two-phase commit"
  | "waiting for a connection"
  | "waiting for a lock";

/** One way to reach a database: the cases of a contract run on each. */
export interface Target {
  readonly name: string;
  readonly database: "sqlite" | "postgresql" | "mariadb";
  readonly driver: string;
  readonly mode: "sync" | "async";
  /** What it cannot do, each with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>;
  /** The URL of an empty database of the caller's own. */
  url(): Promise<string>;
}
