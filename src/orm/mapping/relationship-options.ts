import { ArgumentError } from "../../errors/index.ts";
import { describeWithin } from "../../sql/index.ts";
import { warn } from "../../util/index.ts";
import { type CascadeToken, parseCascade } from "./cascade.ts";
import type { LazyStrategy, RelationshipOptions } from "./relationship.ts";

/** What a relationship's options say of how it is written, with defaults filled in. */
export interface WriteOptions {
  readonly cascade: ReadonlySet<CascadeToken>;
  readonly lazy: LazyStrategy;
  readonly passiveDeletes: boolean | "all";
  readonly passiveUpdates: boolean;
  readonly postUpdate: boolean;
  readonly singleParent: boolean;
  readonly viewonly: boolean;
}

type Check = readonly [expected: string, meets: (value: unknown) => boolean];

const flag: Check = ["true or false", (value) => typeof value === "boolean"];
const words: Check = ["a string", (value) => typeof value === "string"];
const anything: Check = ["", () => true]; // looked at where it is used

const checks: Readonly<Record<keyof RelationshipOptions, Check>> = {
  backPopulates: words,
  cascade: words,
  secondary: anything,
  primaryJoin: anything,
  secondaryJoin: anything,
  foreignKeys: anything,
  remoteSide: anything,
  orderBy: anything,
  lazy: oneOf("select", "selectin", "joined", "subquery", "immediate", "raise", "raiseOnSql", "noload"),
  passiveDeletes: oneOf(true, false, "all"),
  passiveUpdates: flag,
  postUpdate: flag,
  singleParent: flag,
  viewonly: flag,
};

function oneOf(...values: readonly unknown[]): Check {
  return [values.map((value) => JSON.stringify(value)).join(", "), (value) => values.includes(value)];
}

/** What makes no sense for a relationship that is never written. */
const writing = ["passiveDeletes", "passiveUpdates", "postUpdate", "singleParent"] as const;
const writingCascades: readonly CascadeToken[] = ["save-update", "merge", "delete", "delete-orphan"];

/** @throws ArgumentError for an option that is not known, has a wrong value or contradicts another. */
export function readOptions(options: RelationshipOptions, name: string): WriteOptions {
  for (const [key, value] of Object.entries(options)) checkOption(key, value, name);
  const { viewonly = false, passiveDeletes = false } = options;
  const cascade = parseCascade(options.cascade ?? (viewonly ? "none" : "save-update, merge"), name);
  if (viewonly) refuseWriting(options, cascade, name);
  checkCascade(cascade, passiveDeletes, name);
  return {
    cascade,
    lazy: options.lazy ?? "select",
    passiveDeletes,
    passiveUpdates: options.passiveUpdates ?? true,
    postUpdate: options.postUpdate ?? false,
    singleParent: options.singleParent ?? false,
    viewonly,
  };
}

function checkOption(key: string, value: unknown, name: string): void {
  if (value === undefined) return;
  if (!Object.hasOwn(checks, key)) {
    throw new ArgumentError(
      `${name}: a relationship has no option ${JSON.stringify(key)}. It has: ${Object.keys(checks).join(", ")}.`,
    );
  }
  const [expected, meets] = checks[key as keyof RelationshipOptions];
  if (!meets(value)) throw new ArgumentError(`${name}: ${key} takes ${expected}, not ${describeWithin(value)}.`);
}

function refuseWriting(options: RelationshipOptions, cascade: ReadonlySet<CascadeToken>, name: string): void {
  const option = writing.find((key) => options[key] !== undefined);
  const token = writingCascades.find((known) => cascade.has(known));
  if (option === undefined && token === undefined) return;
  const what = option === undefined ? `cascade ${JSON.stringify(token)}` : option;
  throw new ArgumentError(`${name} is viewonly, so it is never written: ${what} makes no sense there. Leave it out.`);
}

function checkCascade(cascade: ReadonlySet<CascadeToken>, passiveDeletes: boolean | "all", name: string): void {
  if (passiveDeletes === "all" && (cascade.has("delete") || cascade.has("delete-orphan"))) {
    throw new ArgumentError(
      `${name}: passiveDeletes "all" leaves related rows alone, which contradicts cascade "delete" and "delete-orphan". ` +
        "Use passiveDeletes: true, or take them out of the cascade.",
    );
  }
  if (cascade.has("delete-orphan") && !cascade.has("delete")) {
    warn(
      "orph",
      `${name}: cascade "delete-orphan" without "delete" deletes what is taken out of a parent, but not what goes with it. ` +
        'Use "all, delete-orphan".',
    );
  }
}
