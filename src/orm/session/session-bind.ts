import { ConnectionBase, type ConnectionCore, EngineBase, type Environment } from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import { done, type Flow, type Mode } from "../../flow/index.ts";
import { describeWithin } from "../../sql/index.ts";

/** What a session gets its connection from. */
export interface SessionBind {
  /** The engine or connection itself. */
  readonly source: unknown;
  readonly environment: Environment;
  openFlow(): Flow<ConnectionCore>;
  /** The session opened the connection, so it closes it; a connection it was given stays with its owner. */
  readonly ownsConnection: boolean;
}

/**
 * The bind of an engine or connection.
 *
 * @throws ArgumentError for one of the other colour, or for something else.
 */
export function sessionBind(bind: unknown, mode: Mode): SessionBind {
  const wanted = mode === "sync" ? "Session" : "AsyncSession";
  if (bind instanceof EngineBase) {
    refuseColour(bind.mode, mode, "engine");
    return { source: bind, environment: bind.environment, openFlow: () => bind.openFlow(), ownsConnection: true };
  }
  if (bind instanceof ConnectionBase) {
    refuseColour(bind.mode, mode, "connection");
    return { source: bind, environment: bind.core.environment, openFlow: () => done(bind.core), ownsConnection: false };
  }
  throw new ArgumentError(
    `${wanted} takes an engine or a connection, not ${describeWithin(bind)}: new ${wanted}(engine).`,
  );
}

function refuseColour(given: Mode, wanted: Mode, what: string): void {
  if (given === wanted) return;
  throw new ArgumentError(
    wanted === "async"
      ? `AsyncEngine expected: AsyncSession was given a sync ${what}. Make the engine with createAsyncEngine(), or use Session.`
      : `Session was given an async ${what}. Make the engine with createEngine(), or use AsyncSession.`,
  );
}
