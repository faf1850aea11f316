import type { MaybePromise } from "../flow/index.ts";
import type { AnySession } from "./any-session.ts";

/** The session of one database in a context, or the promise of it while it is made. */
export class SessionSlot {
  /** `null` while it is being made. */
  session: AnySession | null = null;
  readonly promise: Promise<AnySession>;
  /** Made for the context, which therefore ends it for good. */
  readonly isOwn: boolean;

  constructor(make: () => MaybePromise<AnySession>, isOwn: boolean) {
    this.isOwn = isOwn;
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
