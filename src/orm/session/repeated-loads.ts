import { withDeepStack } from "../../util/index.ts";
import type { RelationshipProperty } from "../mapping/entity-mapper.ts";

const TOLERATED = 10; // loads of one relationship in one session; more look like a loop over a query's objects

/** Finds relationships that a session loads object by object, where one statement could load them for all. */
export class RepeatedLoads {
  readonly #counts = new Map<RelationshipProperty, number>();
  readonly #warn: (message: string) => void;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Counts a load for one object; warns once for each relationship. */
  note(property: RelationshipProperty): void {
    const count = (this.#counts.get(property) ?? 0) + 1;
    this.#counts.set(property, count);
    if (count !== TOLERATED + 1) return;
    this.#warn(
      `${property.name} was loaded for one object after the other, more than ${TOLERATED} times in one session, a statement each time; ` +
        `now by ${callerPlace()}. Load it with the query: .options(selectinload(${property.parent.name}.c.${property.key})). ` +
        "The session's option warnRepeatedLoads: false silences this.",
    );
  }
}

/** Whether to look for repeated loads where the program does not say. */
export function isDevelopment(): boolean {
  const { process } = globalThis as {
    readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> };
  };
  return process?.env?.["NODE_ENV"] === "development";
}

/** Where the program's own code stands in the call under way; all of the stack where that cannot be told. */
function callerPlace(): string {
  const frames = withDeepStack(stackFrames);
  const own = folderOf(frames[0] ?? "");
  const outside = frames.find((frame) => !frame.includes(own) && !/node:|<anonymous>/u.test(frame));
  return (outside ?? frames.join("\n")).trim();
}

/** The lines of the stack, this module's own first. */
function stackFrames(): readonly string[] {
  const holder: { stack?: string } = {};
  Error.captureStackTrace?.(holder);
  return (holder.stack ?? "").split("\n").slice(1);
}

/** The library's folder, by a line of the stack in it; import.meta.url would be undefined in a CommonJS bundle. */
function folderOf(frame: string): string {
  const path = /(\S*?):\d+:\d+\)?$/u.exec(frame)?.[1]?.replace(/^\(/u, "") ?? "";
  return path.replace(/(?:orm\/session\/|chunks\/)?[^/]*$/u, "");
}
