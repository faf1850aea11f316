import type { AnyEngine } from "./any-session.ts";
import type { LeakListener } from "./leak-listener.ts";
import { openScope, type SessionScope } from "./session-scope.ts";

/** A connection that is out. */
interface Taken {
  users: number;
  /** Who took it; `null` when it was taken outside of every context, or several have it. */
  scope: SessionScope | null;
}

/**
 * Notes which context takes connections of an engine, to tell of those that are out when it has ended.
 *
 * A connection that several share at the same time (SQLite in memory) is nobody's, and is not noted.
 */
export function watchConnections({ pool }: AnyEngine, onLeak: LeakListener): void {
  const out = new Map<object, Taken>();
  const forget = (record: object, taken: Taken): void => {
    taken.scope?.taken?.delete(record);
    taken.scope = null;
  };
  pool.listen({
    checkout: (_connection, record) => {
      const taken = out.get(record);
      if (taken === undefined) {
        const scope = openScope();
        out.set(record, { users: 1, scope });
        scope?.noteTaken(record, onLeak);
      } else {
        taken.users += 1;
        forget(record, taken);
      }
    },
    checkin: (_connection, record) => {
      const taken = out.get(record);
      if (taken === undefined) return;
      forget(record, taken);
      taken.users -= 1;
      if (taken.users === 0) out.delete(record);
    },
  });
}
