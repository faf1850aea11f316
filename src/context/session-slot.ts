import { isPromiseLike, type MaybePromise } from "../flow/index.ts";
import type { AnySession } from "./any-session.ts";
import type { LeakListener } from "./leak-listener.ts";

/** The session of one database in a context, or the promise of it while it is made. */
export class SessionSlot {
  /** `null` while it is being made. */
  session: AnySession | null = null;
  readonly promise: Promise<AnySession>;
  /** The database that it is of. */
  readonly key: symbol;
  /** Made for the context, which therefore ends it for good. */
  readonly isOwn: boolean;
  /** Whom to tell when it is used after the end of its context. */
  readonly tell: LeakListener | null;

  constructor(key: symbol, made: MaybePromise<AnySession>, isOwn: boolean, tell: LeakListener | null = null) {
    this.key = key;
    this.isOwn = isOwn;
    this.tell = tell;
    if (isPromiseLike(made)) this.promise = this.#fill(made);
    else {
      this.session = made;
      this.promise = Promise.resolve(made);
    }
  }

  async #fill(making: PromiseLike<AnySession>): Promise<AnySession> {
    this.session = await making;
    return this.session;
  }
}
