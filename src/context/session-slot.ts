import type { MaybePromise } from "../flow/index.ts";
import type { AnySession } from "./any-session.ts";
import type { LeakListener } from "./leak-listener.ts";

/** The session of one database in a context, or the promise of it while it is made. */
export class SessionSlot {
  /** `null` while it is being made. */
  session: AnySession | null = null;
  readonly promise: Promise<AnySession>;
  /** Made for the context, which therefore ends it for good. */
  readonly isOwn: boolean;
  /** Whom to tell when it is used after the end of its context. */
  readonly tell: LeakListener | null;

  constructor(make: () => MaybePromise<AnySession>, isOwn: boolean, tell: LeakListener | null = null) {
    this.isOwn = isOwn;
    this.tell = tell;
    this.promise = this.#fill(make);
  }

  /** One for a session that somebody else made. */
  static of(session: AnySession): SessionSlot {
    const slot = new SessionSlot(() => session, false);
    slot.session = session;
    return slot;
  }

  async #fill(make: () => MaybePromise<AnySession>): Promise<AnySession> {
    this.session = await make();
    return this.session;
  }
}
