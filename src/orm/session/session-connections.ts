import type { ConnectionCore, ConnectionOptions } from "../../engine/index.ts";
import { IllegalStateChangeError } from "../../errors/index.ts";
import { closing, type Flow } from "../../flow/index.ts";
import { type Attachments, nothingFlow } from "./attachments.ts";
import type { EventSource } from "./event-source.ts";
import { type Attachment, attachFlow, type AttachOptions } from "./joined-transaction.ts";
import type { SessionBind } from "./session-bind.ts";
import type { SessionLevel } from "./session-level.ts";

export interface ConnectionSettings extends AttachOptions {
  /** Set on connections that the session opens. */
  readonly executionOptions: ConnectionOptions | null;
}

/** The connections of a session's transaction: one of each bind it has used. */
export class SessionConnections {
  readonly #options: ConnectionSettings;
  readonly #events: EventSource;
  #attachments = new Map<SessionBind, Attachment>();
  #isProvisioning = false;

  constructor(options: ConnectionSettings, events: EventSource) {
    this.#options = options;
    this.#events = events;
  }

  /** The connection of a bind, if the transaction uses it. */
  of(bind: SessionBind): ConnectionCore | null {
    return this.#attachments.get(bind)?.core ?? null;
  }

  /** Tells whether a connection of somebody else takes part, who may yet commit it. */
  get isShared(): boolean {
    for (const bind of this.#attachments.keys()) if (!bind.ownsConnection) return true;
    return false;
  }

  /** Tells whether somebody listens to what any of them sends. */
  get areObserved(): boolean {
    for (const { core } of this.#attachments.values()) if (core.observed) return true;
    return false;
  }

  /** All of them, for who ends the transaction: the next one starts with none. */
  take(): Attachments {
    const taken = this.#attachments;
    this.#attachments = new Map();
    return taken;
  }

  /** The first of two phases, one connection after the other. */
  *prepareFlow(): Flow<void> {
    for (const attachment of this.#attachments.values()) yield* attachment.prepareFlow();
  }

  /** The connection of a bind, in a transaction or savepoint; `options` are for one that is opened now. */
  *connectionFlow(level: SessionLevel, bind: SessionBind, options: ConnectionOptions | null): Flow<ConnectionCore> {
    let attachment = this.#attachments.get(bind);
    if (attachment === undefined) {
      attachment = yield* this.#provisionFlow(bind, options);
      yield* this.#tellBegunFlow(attachment.core);
    }
    if (level.parent !== null) yield* this.#savepointFlow(level, attachment);
    return attachment.core;
  }

  *#tellBegunFlow(core: ConnectionCore): Flow<void> {
    const events = this.#events;
    if (events.hears("afterBegin")) yield* events.fireFlow("afterBegin", { connection: events.connection(core) });
  }

  *#provisionFlow(bind: SessionBind, options: ConnectionOptions | null): Flow<Attachment> {
    if (this.#isProvisioning) {
      throw new IllegalStateChangeError(
        "This session is provisioning a new connection; concurrent operations are not permitted. A listener awaits one " +
          "statement before it starts the next.",
      );
    }
    this.#isProvisioning = true;
    try {
      const core = yield* bind.openFlow();
      const attachment = yield* closingOnError(this.#attachFlow(bind, core, options), () =>
        bind.ownsConnection ? core.closeFlow() : nothingFlow(),
      );
      this.#attachments.set(bind, attachment);
      return attachment;
    } finally {
      this.#isProvisioning = false;
    }
  }

  *#attachFlow(bind: SessionBind, core: ConnectionCore, options: ConnectionOptions | null): Flow<Attachment> {
    const { executionOptions } = this.#options;
    // what its owner does with a connection later is not for the session to decide
    if (bind.ownsConnection && (options !== null || executionOptions !== null))
      core.setOptions({ ...executionOptions, ...options });
    return yield* attachFlow(core, this.#options);
  }

  *#savepointFlow(level: SessionLevel, attachment: Attachment): Flow<void> {
    if (level.parent === null || level.savepoints.has(attachment)) return;
    yield* this.#savepointFlow(level.parent, attachment);
    level.savepoints.set(attachment, yield* attachment.core.beginNestedFlow());
  }
}

/** Runs `body`, and `cleanup` if it fails. */
function* closingOnError<T>(body: Flow<T>, cleanup: () => Flow<void>): Flow<T> {
  return yield* closing(body, (error) => (error === undefined ? nothingFlow() : cleanup()));
}
