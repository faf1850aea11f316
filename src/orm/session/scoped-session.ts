import { InvalidRequestError } from "../../errors/index.ts";

/** What a registry needs of the sessions it keeps. */
interface Closable<A> {
  close(): A;
}

interface Factory<S, O> {
  (options?: O): S;
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
  readonly #removed: A;

  constructor(factory: Factory<S, O>, scope: () => unknown, nothingToRemove: A) {
    this.#factory = factory;
    this.#scope = scope;
    this.#removed = nothingToRemove;
  }

  /** The scope's session, made when there is none. @throws InvalidRequestError for options when there is one. */
  current(options?: O): S {
    const scope = this.#scope();
    const known = this.#sessions.get(scope);
    if (known !== undefined) {
      if (options === undefined) return known;
      throw new InvalidRequestError("This scope has a session already, so options cannot be given. remove() it first.");
    }
    const session = this.#factory(options);
    this.#sessions.set(scope, session);
    return session;
  }

  /** Tells whether the scope has a session. */
  has(): boolean {
    return this.#sessions.has(this.#scope());
  }

  /** Closes and forgets the scope's session. */
  remove(): A {
    const scope = this.#scope();
    const session = this.#sessions.get(scope);
    if (session === undefined) return this.#removed;
    this.#sessions.delete(scope);
    return session.close();
  }
}
