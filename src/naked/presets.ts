import type { EngineBase } from "../engine/index.ts";
import { NakedSessionBase } from "./naked-session.ts";
import { SessionFactoryBase, type SessionFactoryOptions } from "./session-factory.ts";

/** A naked session over a sync connection. */
export class NakedSession extends NakedSessionBase<"sync"> {}

/** A naked session over an async connection. */
export class AsyncNakedSession extends NakedSessionBase<"async"> {}

/** Makes sync naked sessions: `const db = new SessionFactory(engine)`. */
export class SessionFactory extends SessionFactoryBase<"sync", NakedSession> {
  constructor(engine: EngineBase<"sync">, options: SessionFactoryOptions = {}) {
    super(engine, "sync", (source) => new NakedSession(source), options);
  }
}

/** Makes async naked sessions: `const db = new AsyncSessionFactory(engine)`. */
export class AsyncSessionFactory extends SessionFactoryBase<"async", AsyncNakedSession> {
  constructor(engine: EngineBase<"async">, options: SessionFactoryOptions = {}) {
    super(engine, "async", (source) => new AsyncNakedSession(source), options);
  }
}
