import type { Dialect } from "../dialect/index.ts";
import { ArgumentError } from "../errors/index.ts";
import { nearestName } from "./nearest-name.ts";
import { mysqlTwophase, postgresqlTwophase, type TwophaseRules } from "./twophase-rules.ts";

/** How much of other transactions a transaction sees; under AUTOCOMMIT every statement is its own transaction. */
export type IsolationLevel = "SERIALIZABLE" | "REPEATABLE READ" | "READ COMMITTED" | "READ UNCOMMITTED" | "AUTOCOMMIT";

/** What a database family has its own way of doing about transactions. */
export interface TransactionRules {
  readonly levels: readonly IsolationLevel[];
  /** What a connection has before anybody sets it, where that is known. */
  readonly defaultLevel: IsolationLevel | null;
  /** Sets the level of all transactions to come on a connection. */
  session(level: IsolationLevel): string;
  /** Begins one transaction at a level; `null` where only a whole connection has one. */
  readonly beginAt: ((level: IsolationLevel, begin: string) => readonly string[]) | null;
  /** Answers one row, whose last column is the level. */
  readonly readLevel: string;
  levelOf(value: unknown): IsolationLevel;
  /** The database is in this process: BEGIN, COMMIT and ROLLBACK are better prepared, and BEGIN need not travel with another statement. */
  readonly inProcess: boolean;
  /** A deadlock ends the whole transaction, and what follows would run outside of any. */
  readonly deadlockEndsTransaction: boolean;
  /** A failing statement makes the database refuse all others until a rollback, and turn COMMIT into ROLLBACK. */
  readonly errorAbortsTransaction: boolean;
  /** Statements that commit the open transaction by themselves; `null` where DDL is part of it. */
  readonly implicitCommit: RegExp | null;
  /** The error of a statement that was not even begun. */
  readonly syntaxErrorCode: string | number | undefined;
  /** What the database says to a ROLLBACK when nothing is open, where that is an error. */
  readonly nothingToRollBack: RegExp | null;
  /** `null` where transactions cannot be prepared. */
  readonly twophase: TwophaseRules | null;
}

const standardLevels: readonly IsolationLevel[] = [
  "READ UNCOMMITTED",
  "READ COMMITTED",
  "REPEATABLE READ",
  "SERIALIZABLE",
  "AUTOCOMMIT",
];

/** The rules of every family. */
export const transactionRules: Readonly<Record<Dialect["family"], TransactionRules>> = {
  sqlite: {
    levels: ["SERIALIZABLE", "READ UNCOMMITTED", "AUTOCOMMIT"],
    defaultLevel: "SERIALIZABLE",
    session: (level) => `PRAGMA read_uncommitted = ${level === "READ UNCOMMITTED" ? 1 : 0}`,
    beginAt: null,
    readLevel: "PRAGMA read_uncommitted",
    levelOf: (value) => (Number(value) === 1 ? "READ UNCOMMITTED" : "SERIALIZABLE"),
    inProcess: true,
    deadlockEndsTransaction: false,
    errorAbortsTransaction: false,
    implicitCommit: null,
    syntaxErrorCode: undefined,
    nothingToRollBack: /no transaction is active/i,
    twophase: null,
  },
  postgresql: {
    levels: standardLevels,
    defaultLevel: null,
    session: (level) => `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${level}`,
    beginAt: (level, begin) => [`${begin} ISOLATION LEVEL ${level}`],
    readLevel: "SHOW TRANSACTION ISOLATION LEVEL",
    levelOf: standardLevelOf,
    inProcess: false,
    deadlockEndsTransaction: false,
    errorAbortsTransaction: true,
    implicitCommit: null,
    syntaxErrorCode: "42601",
    nothingToRollBack: null,
    twophase: postgresqlTwophase,
  },
  mysql: {
    levels: standardLevels,
    defaultLevel: null,
    session: (level) => `SET SESSION TRANSACTION ISOLATION LEVEL ${level}`,
    beginAt: (level, begin) => [`SET TRANSACTION ISOLATION LEVEL ${level}`, begin],
    // MariaDB and MySQL call the variable differently, each in some versions only
    readLevel: "SHOW SESSION VARIABLES WHERE Variable_name IN ('transaction_isolation', 'tx_isolation')",
    levelOf: standardLevelOf,
    inProcess: false,
    deadlockEndsTransaction: true,
    errorAbortsTransaction: false,
    // what is temporary leaves the transaction alone; a comment may come first
    implicitCommit:
      /^(?:\s|--[^\n]*\n|#[^\n]*\n|\/\*M?!\d*|\/\*[\s\S]*?\*\/)*(?:(?:create(?:\s+or\s+replace)?|drop)(?!\s+(?:or\s+replace\s+)?temporary)|alter|truncate|rename|grant|revoke|lock\s+tables?|optimize|repair|flush)\s/i,
    syntaxErrorCode: 1064,
    nothingToRollBack: null,
    twophase: mysqlTwophase,
  },
};

function standardLevelOf(value: unknown): IsolationLevel {
  return String(value).toUpperCase().replaceAll("-", " ") as IsolationLevel;
}

/**
 * The isolation level of a name, in any case and with `_` for a space.
 *
 * @throws ArgumentError for a name the dialect does not have.
 */
export function isolationLevelOf(name: unknown, dialect: Dialect): IsolationLevel {
  const { levels } = transactionRules[dialect.family];
  const wanted = String(name).toUpperCase().replaceAll("_", " ");
  const level = levels.find((known) => known === wanted);
  if (level !== undefined) return level;
  const meant = nearestName(wanted, levels);
  throw new ArgumentError(
    `Invalid value ${JSON.stringify(name) ?? String(name)} for isolationLevel` +
      `${meant === undefined ? "" : `; did you mean "${meant}"?`} Valid isolation levels for ${dialect.name} are: ${levels.join(", ")}.`,
  );
}
