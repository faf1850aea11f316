// What each case of the contract sent in each colour, and where the two differ.

/** Of one case in one colour. */
export interface CaseLog {
  readonly colour: "sync" | "async";
  readonly statements: readonly string[];
  /** Why the colours may send something else here; null where they must not. */
  readonly reason: string | null;
}

export interface CaseName {
  /** The case with its database and driver, the same for both colours. */
  readonly key: string;
  readonly colour: CaseLog["colour"];
}

const target = /\((?<database>\w+), (?<driver>[\w-]+), (?<colour>sync|async)\)/;

/** Reads what `describeTargets` made of a case's names; null for what is no case of a target. */
export function caseNameOf(fullName: string): CaseName | null {
  const groups = target.exec(fullName)?.groups;
  if (groups === undefined) return null;
  const colour = groups["colour"] as CaseName["colour"];
  return { key: fullName.replace(target, `(${groups["database"]}, ${groups["driver"]})`), colour };
}

/** Collects the logs of a file's cases. */
export class ColourLogs {
  readonly #byKey = new Map<string, CaseLog[]>();

  add(key: string, log: CaseLog): void {
    const logs = this.#byKey.get(key);
    if (logs === undefined) this.#byKey.set(key, [log]);
    else logs.push(log);
  }

  /** One text for each case that ran in both colours and sent something else in one, without a reason to. */
  differences(): readonly string[] {
    return [...this.#byKey].flatMap(([key, logs]) => {
      const sync = logs.find(({ colour }) => colour === "sync");
      const other = logs.find(({ colour }) => colour === "async");
      if (sync === undefined || other === undefined || logs.some(({ reason }) => reason !== null)) return [];
      const difference = firstDifference(sync.statements, other.statements);
      return difference === null ? [] : [`${key}\n${difference}`];
    });
  }
}

function firstDifference(sync: readonly string[], other: readonly string[]): string | null {
  for (let at = 0; at < Math.max(sync.length, other.length); at += 1) {
    if (sync[at] === other[at]) continue;
    const shown = (log: readonly string[]): string => log[at] ?? "(nothing more)";
    return `  statement ${at + 1} of ${sync.length} and ${other.length}\n  sync:  ${shown(sync)}\n  async: ${shown(other)}`;
  }
  return null;
}
