import type { AnyEngine } from "./any-session.ts";
import type { LeakListener } from "./leak-listener.ts";
import { openScope, type SessionScope } from "./session-scope.ts";

/**
 * Notes which context takes connections of an engine, to tell of those that are out when it has ended.
 *
 * A connection that several share at the same time (SQLite in memory) is nobody's, and is not noted.
 */
export function watchConnections({ pool }: AnyEngine, onLeak: LeakListener): void {
  const takers = new WeakMap<object, SessionScope>();
  const out = new Map<object, number>();
  pool.listen({
    checkout: (_connection, record) => {
      const users = (out.get(record) ?? 0) + 1;
      out.set(record, users);
      if (users > 1) takers.get(record)?.taken.delete(record);
      else noteTaken(takers, record, onLeak);
    },
    checkin: (_connection, record) => {
      takers.get(record)?.taken.delete(record);
      takers.delete(record);
      const users = (out.get(record) ?? 1) - 1;
      if (users === 0) out.delete(record);
      else out.set(record, users);
    },
  });
}

function noteTaken(takers: WeakMap<object, SessionScope>, record: object, onLeak: LeakListener): void {
  const scope = openScope();
  if (scope === null) return;
  takers.set(record, scope);
  scope.taken.set(record, onLeak);
}
