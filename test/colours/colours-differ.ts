import { recordSent } from "./sent-statements.ts";

let given: string | null = null;

/** Called in a case whose colours are bound to send different statements, with the reason; nothing more is recorded of it. */
export function coloursDiffer(reason: string): void {
  given = reason;
  recordSent(null);
}

/** The reason that the case now ending gave. */
export function takeReason(): string | null {
  const reason = given;
  given = null;
  return reason;
}
