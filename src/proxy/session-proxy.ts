import { ArgumentError, NotImplementedError } from "../errors/index.ts";
import type { Body } from "../engine/index.ts";
import type { AsyncSession, AsyncSessionTransaction, Session, SessionTransaction } from "../facade/index.ts";
import type { Answer, Start } from "../flow/index.ts";
import { SessionBase, type SessionSource } from "../orm/index.ts";
import { describeWithin } from "../sql/index.ts";

type AnySession = Session | AsyncSession;
type ModeOf<S extends AnySession> = S["mode"];

/** What both kinds of sessions have, and the proxy passes on as it is. */
const passedOn = [
  // these answer at once also in an async session
  "add",
  "addAll",
  "bindMapper",
  "bindTable",
  "enableRelationshipLoading",
  "expire",
  "expireAll",
  "expunge",
  "expungeAll",
  "has",
  "identityKey",
  "isModified",
  "inTransaction",
  "inNestedTransaction",
  "getTransaction",
  "getNestedTransaction",
  "getBind",
  // these answer with a promise in an async session
  "begin",
  "beginNested",
  "bulkInsertMappings",
  "bulkSaveObjects",
  "bulkUpdateMappings",
  "close",
  "commit",
  "connection",
  "delete",
  "deleteAll",
  "execute",
  "flush",
  "get",
  "getOne",
  "invalidate",
  "loadAttribute",
  "merge",
  "mergeAll",
  "noAutoflush",
  "prepare",
  "refresh",
  "reset",
  "rollback",
  "scalar",
  "scalars",
] as const;

/** Properties that the proxy passes on. */
const properties = [
  "autoflush",
  "bind",
  "binds",
  "deleted",
  "dirty",
  "executionOptions",
  "identityMap",
  "info",
  "isActive",
  "naked",
  "new",
] as const;

type PassedOn = (typeof passedOn)[number] | (typeof properties)[number];

/** The type of a method that sessions of one colour do not have; the text is what the compiler then says. */
type Refused<Text extends string> = (...args: readonly Text[]) => never;

/**
 * One API over a sync or an async session, for code that serves both.
 *
 * `SessionProxy<Session>` answers with plain values, `SessionProxy<AsyncSession>` with promises, and
 * `SessionProxy<Session | AsyncSession>` with either, which `await` takes. Every call is one call of the session; results
 * and errors pass through unchanged.
 * @example
 * async function rename(proxy: SessionProxy<Session | AsyncSession>, id: number, name: string) {
 *   const user = await proxy.getOne(User, id);
 *   user.name = name;
 *   await proxy.commit();
 * }
 */
// oxlint-disable-next-line no-unsafe-declaration-merging -- the loops below define what the interface says
export class SessionProxy<S extends AnySession = AnySession> {
  /** The session itself. */
  readonly session: S;
  /** Whether it is an async session. */
  readonly isAsync: boolean;

  /** The legacy query, of sync sessions. */
  declare readonly query: S extends AsyncSession
    ? Refused<"query() is for sync sessions: proxy.scalars(select(User))">
    : Session["query"];
  /** Rows that are fetched bit by bit, of async sessions; a sync session has its own: `proxy.session.stream`. */
  declare readonly stream: S extends Session
    ? Refused<"streaming through the proxy is for async sessions: proxy.session.stream(…)">
    : AsyncSession["stream"];
  /** As `stream`, the first column of the rows. */
  declare readonly streamScalars: S extends Session
    ? Refused<"streaming through the proxy is for async sessions: proxy.session.streamScalars(…)">
    : AsyncSession["streamScalars"];
  /** Calls a function written for sync sessions, of async sessions. */
  declare readonly runSync: S extends Session
    ? Refused<"runSync() is for async sessions: call the function with proxy.session">
    : AsyncSession["runSync"];
  /** The same as `close`, of async sessions. */
  declare readonly aclose: S extends Session
    ? Refused<"aclose() is for async sessions: proxy.close()">
    : () => Promise<void>;

  /** @throws ArgumentError for something else than a session. */
  constructor(session: S) {
    if (!(session instanceof SessionBase) && !isScoped(session)) {
      throw new ArgumentError(
        `SessionProxy takes a Session or an AsyncSession, not ${describeWithin(session)}: new SessionProxy(session).`,
      );
    }
    this.session = session;
    this.isAsync = session.mode === "async";
  }

  /** True for a proxy of the same session, and for the session itself. */
  equals(other: unknown): boolean {
    return (other instanceof SessionProxy ? other.session : other) === this.session;
  }

  /** The objects of the session: the new ones, then those that have rows. */
  [Symbol.iterator](): IterableIterator<object> {
    return this.session[Symbol.iterator]();
  }

  /** Closes a sync session at the end of a `using` block. */
  get [Symbol.dispose](): S extends Session ? () => void : undefined {
    const dispose = this.isAsync ? undefined : () => this.session.close();
    return dispose as S extends Session ? () => void : undefined;
  }

  /** Closes a session of either kind at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
  }
}

/** The members that the proxy passes on, typed as those of the session's colour. */
export interface SessionProxy<S extends AnySession> extends Pick<SessionBase<ModeOf<S>>, Exclude<PassedOn, Coloured>> {
  readonly naked: S extends AsyncSession ? AsyncSession["naked"] : Session["naked"];
  readonly binds: S extends AsyncSession ? AsyncSession["binds"] : Session["binds"];
  bindMapper(entity: Parameters<Session["bindMapper"]>[0], bind: SourceOf<S>): void;
  bindTable(table: Parameters<Session["bindTable"]>[0], bind: SourceOf<S>): void;
  getBind: S extends AsyncSession ? AsyncSession["getBind"] : Session["getBind"];
  connection: S extends AsyncSession ? AsyncSession["connection"] : Session["connection"];
  getTransaction(): TransactionOf<S> | null;
  getNestedTransaction(): TransactionOf<S> | null;
  begin(): Start<ModeOf<S>, TransactionOf<S>>;
  begin<T>(body: (transaction: TransactionOf<S>) => Body<ModeOf<S>, T>): AnswerOf<S, T>;
  beginNested(): Start<ModeOf<S>, TransactionOf<S>>;
  beginNested<T>(body: (savepoint: TransactionOf<S>) => Body<ModeOf<S>, T>): AnswerOf<S, T>;
}

/** What these give is itself of one colour, so that either is one or the other, not both. */
type Coloured =
  | "bindMapper"
  | "bindTable"
  | "binds"
  | "getBind"
  | "connection"
  | "getTransaction"
  | "getNestedTransaction"
  | "begin"
  | "beginNested"
  | "naked";
type SourceOf<S> = S extends AsyncSession ? SessionSource<"async"> : SessionSource<"sync">;
type TransactionOf<S> = S extends AsyncSession ? AsyncSessionTransaction : SessionTransaction;
type AnswerOf<S extends AnySession, T> = Answer<ModeOf<S>, T>;

/** A scoped session is a function that passes everything on. */
function isScoped(session: unknown): boolean {
  return typeof session === "function" && "mode" in session && "commit" in session;
}

type Members = Record<string, (...args: readonly unknown[]) => unknown>;

for (const name of passedOn) {
  define(name, function (this: SessionProxy, ...args: readonly unknown[]) {
    return (this.session as unknown as Members)[name]?.(...args);
  });
}

for (const name of properties) {
  Object.defineProperty(SessionProxy.prototype, name, {
    configurable: true,
    get(this: SessionProxy): unknown {
      return this.session[name];
    },
    // only `autoflush` can be set; the session refuses the others, as it does without the proxy
    set(this: SessionProxy, value: unknown) {
      Object.assign(this.session, { [name]: value });
    },
  });
}

const onlyAsync = {
  stream:
    "stream() is not supported for synchronous sessions: streaming through the proxy is async only. Use proxy.session.stream(…).",
  streamScalars:
    "streamScalars() is not supported for synchronous sessions: streaming through the proxy is async only. Use proxy.session.streamScalars(…).",
  runSync: "runSync() is not supported for synchronous sessions: call the function with proxy.session.",
  aclose: "aclose() is not supported for synchronous sessions: use close().",
} as const;

for (const [name, refusal] of Object.entries(onlyAsync)) {
  define(name, function (this: SessionProxy, ...args: readonly unknown[]) {
    if (!this.isAsync) throw new NotImplementedError(refusal);
    return (this.session as unknown as Members)[name === "aclose" ? "close" : name]?.(...args);
  });
}

define("query", function (this: SessionProxy, ...args: readonly unknown[]) {
  return (this.session as unknown as Members)["query"]?.(...args); // an async session refuses by itself
});

function define(name: string, value: (this: SessionProxy, ...args: readonly unknown[]) => unknown): void {
  Object.defineProperty(SessionProxy.prototype, name, { value, configurable: true, writable: true });
}
