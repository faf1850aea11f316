import { warn } from "../util/index.ts";

/** Something a context left behind. */
export interface ContextLeak {
  /** `"connection"`: one taken in the context was in use after its end. `"session"`: one was used after its end. */
  readonly kind: "connection" | "session";
  /** What happened, and where the context was opened. */
  readonly message: string;
}

/** Is told of what contexts leave behind; answers at once and does not throw. */
export type LeakListener = (leak: ContextLeak) => void;

/** Where leaks are told when no listener was given. */
export function warnOfLeak({ message }: ContextLeak): void {
  warn("contextLeak", message);
}
