import type { EngineBase } from "../engine/index.ts";
import type { SessionBase } from "../orm/index.ts";

/** A session of either colour. */
export type AnySession = SessionBase<"sync"> | SessionBase<"async">;
/** An engine of either colour. */
export type AnyEngine = EngineBase<"sync"> | EngineBase<"async">;
