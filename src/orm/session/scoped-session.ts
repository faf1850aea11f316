import { InvalidRequestError } from "../../errors/index.ts";

/** What a registry needs of the sessions it keeps. */
interface Closable<A> {
  close(): A;
}

interface Factory<S, O> {
  (options?: O): S;
}

/** A `Map`, or a `WeakMap` for scopes that are objects. */
interface SessionsByScope<S> {
  get(scope: unknown): S | undefined;
  set(scope: unknown, session: S): unknown;
  has(scope: unknown): boolean;
  delete(scope: unknown): boolean;
}

/**
 * A session for each scope: the same scope gets the same session until it is removed.
 *
 * `scope` is asked at each access; it must be quick and answer the same for one scope.
 */
export class SessionRegistry<S extends Closable<A>, O, A> {
  readonly #factory: Factory<S, O>;
  readonly #scope: () => unknown;
  readonly #sessions = new Map<unknown, S>();
  /** Of scopes that are objects: a scope nobody removed goes with its object. */
  readonly #ofObjects = new WeakMap<object, S>();
  readonly #removed: A;

  constructor(factory: Factory<S, O>, scope: () => unknown, nothingToRemove: A) {
    this.#factory = factory;
    this.#scope = scope;
    this.#removed = nothingToRemove;
  }

  /** The scope's session, made when there is none. @throws InvalidRequestError for options when there is one. */
  current(options?: O): S {
    const scope = this.#scope();
    const known = this.#mapOf(scope).get(scope);
    if (known !== undefined) {
      if (options === undefined) return known;
      throw new InvalidRequestError("This scope has a session already, so options cannot be given. remove() it first.");
    }
    const session = this.#factory(options);
    this.#mapOf(scope).set(scope, session);
    return session;
  }

  /** Tells whether the scope has a session. */
  has(): boolean {
    const scope = this.#scope();
    return this.#mapOf(scope).has(scope);
  }

  /** Closes and forgets the scope's session. */
  remove(): A {
    return this.removeOf(this.#scope());
  }

  /** See `remove`, for a scope that may not be the present one. */
  removeOf(scope: unknown, close: (session: S) => A = (session) => session.close()): A {
    const sessions = this.#mapOf(scope);
    const session = sessions.get(scope);
    if (session === undefined) return this.#removed;
    sessions.delete(scope);
    return close(session);
  }

  #mapOf(scope: unknown): SessionsByScope<S> {
    const isObject = (typeof scope === "object" && scope !== null) || typeof scope === "function";
    return isObject ? this.#ofObjects : this.#sessions;
  }
}
