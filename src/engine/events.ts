import { ArgumentError } from "../errors/index.ts";
import { type Flow, type MaybePromise, wait } from "../flow/index.ts";
import { nearestName } from "./nearest-name.ts";

/** Under this name a thing that can be listened to keeps its listeners. */
export const EVENTS = "~events";

/** Is called with each event; what it answers with a promise is waited for in async mode. */
export type Listener<P> = (event: P) => MaybePromise<AnswerOf<P> | void> | void;

/** What a listener may answer: nothing, but for events that say otherwise. */
export type AnswerOf<P> = P extends { readonly "~answer": infer A } ? A : never;

/** Anything whose events can be listened to; `E` has the payload of each by name. */
export interface Listenable<E extends object> {
  readonly "~events": EventHub<E>;
}

/** Who listens to the events of one thing. */
export class EventHub<E extends object> {
  readonly #names: readonly (keyof E & string)[];
  readonly #listeners: { [K in keyof E]?: readonly Listener<E[K]>[] } = {};
  /** False while nobody listens to anything: then events are not even made. */
  active = false;

  constructor(names: readonly (keyof E & string)[]) {
    this.#names = names;
  }

  add<K extends keyof E & string>(name: K, listener: Listener<E[K]>): void {
    if (!this.#names.includes(name)) throw unknownEvent(name, this.#names);
    if (typeof listener !== "function") throw new ArgumentError(`A listener is a function, not ${typeof listener}.`);
    this.#listeners[name] = [...this.of(name), listener];
    this.active = true;
  }

  remove<K extends keyof E & string>(name: K, listener: Listener<E[K]>): void {
    this.#listeners[name] = this.of(name).filter((known) => known !== listener);
    this.active = this.#names.some((known) => this.of(known).length > 0);
  }

  of<K extends keyof E & string>(name: K): readonly Listener<E[K]>[] {
    return this.#listeners[name] ?? [];
  }

  /** Tells the listeners one after the other, waiting for those that answer with a promise. */
  *fireFlow<K extends keyof E & string>(name: K, event: E[K], call: ListenerCall = plainCall): Flow<void> {
    for (const listener of this.of(name)) yield* wait(call(() => listener(event) as MaybePromise<void>));
  }
}

/** How a listener is called whom an operation waits for. */
export type ListenerCall = <T>(listener: () => MaybePromise<T>) => MaybePromise<T>;

export const plainCall: ListenerCall = (listener) => listener();

function unknownEvent(name: string, known: readonly string[]): ArgumentError {
  const meant = nearestName(name, known);
  return new ArgumentError(
    `There is no event ${JSON.stringify(name)} here${meant === undefined ? "." : `; did you mean "${meant}"?`} Known: ${known.join(", ")}.`,
  );
}

/**
 * Calls `listener` whenever the event happens to the target.
 *
 * @throws ArgumentError for an event the target does not have.
 * @example listen(engine, "beforeCursorExecute", ({ sql }) => console.log(sql))
 */
export function listen<E extends object, K extends keyof E & string>(
  target: Listenable<E>,
  name: K,
  listener: Listener<E[K]>,
): void {
  hubOf(target).add(name, listener);
}

/** Ends what `listen` with the same arguments began. */
export function unlisten<E extends object, K extends keyof E & string>(
  target: Listenable<E>,
  name: K,
  listener: Listener<E[K]>,
): void {
  hubOf(target).remove(name, listener);
}

function hubOf<E extends object>(target: Listenable<E>): EventHub<E> {
  const hub = (target as Partial<Listenable<E>> | null | undefined)?.[EVENTS];
  if (hub instanceof EventHub) return hub;
  throw new ArgumentError("listen() takes an engine, a connection, a session or another thing that has events.");
}
