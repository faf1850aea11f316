import type { AsyncConnection, AsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { Session } from "../../../src/facade/session.ts";
import type { SessionOptions } from "../../../src/orm/index.ts";
import type { Target } from "../../targets/index.ts";

/** A session of the target's mode; one body serves both, as awaiting a value is harmless. */
export function openSession(
  target: Target,
  bind: AsyncEngine | AsyncConnection,
  options: SessionOptions = {},
): AsyncSession {
  const made = target.mode === "sync" ? new Session(bind as never, options) : new AsyncSession(bind, options);
  return made as AsyncSession;
}
