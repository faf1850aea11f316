import { aBoolean, anything, checkOptionValues, type OptionRules } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { SessionCoreOptions } from "./session-core.ts";

export interface SessionOptions {
  /** Write changes before every query. Default true. */
  readonly autoflush?: boolean;
  /** After a commit, `get` and queries read rows anew. Values stay readable. Default true. */
  readonly expireOnCommit?: boolean;
  /** Free for any use. */
  readonly info?: Readonly<Record<string, unknown>>;
}

const rules: OptionRules<SessionOptions> = { autoflush: aBoolean, expireOnCommit: aBoolean, info: anything };

/** @throws ArgumentError for an unknown option or a wrong value. */
export function readSessionOptions(options: SessionOptions): SessionCoreOptions {
  if (typeof options !== "object" || options === null)
    throw new ArgumentError("The options of a session are an object: { expireOnCommit: false }.");
  checkOptionValues(options, rules, "a session");
  return { autoflush: options.autoflush ?? true, expireOnCommit: options.expireOnCommit ?? true };
}
