export { nakedShaper } from "./naked-rows.ts";
export { type FlatOptions, type NakedOptions, NakedSessionBase } from "./naked-session.ts";
export { TrackedSource } from "./naked-source.ts";
export { AsyncNakedSession, AsyncSessionFactory, NakedSession, SessionFactory } from "./presets.ts";
export { SessionFactoryBase, type SessionFactoryOptions } from "./session-factory.ts";
export { toInsert } from "./to-insert.ts";
