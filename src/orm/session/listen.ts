import {
  type EventHub,
  listen as listenTo,
  type Listenable,
  type Listener,
  unlisten as unlistenTo,
} from "../../engine/index.ts";
import { ArgumentError } from "../../errors/index.ts";
import type { Answer, Mode } from "../../flow/index.ts";
import { Column } from "../../schema/index.ts";
import type { DeclarativeBase } from "../mapping/declarative-base.ts";
import type { EntityEvents } from "../mapping/entity-events.ts";
import type { CollectionEvents, ReferenceEvents } from "../mapping/attribute-hooks.ts";
import type { RelationshipAttribute } from "../mapping/relationship-attribute.ts";
import { findMapper } from "../mapping/registry.ts";
import type { Instance, MappedClass } from "../typing/entity.ts";
import type { SessionBase } from "./session-base.ts";
import type { AnyResult } from "./orm-execute.ts";
import type { SessionEvents } from "./session-events.ts";

/**
 * A session as listeners of mapped classes get it: they serve both colours, so it answers with a value or a promise.
 * Await it, or take it `as Session` where all sessions are sync.
 */
export type ListenerSession = Pick<
  SessionBase<Mode>,
  | "mode"
  | "info"
  | "new"
  | "dirty"
  | "deleted"
  | "add"
  | "addAll"
  | "delete"
  | "has"
  | "isModified"
  | "get"
  | "getOne"
  | "execute"
  | "scalar"
  | "scalars"
  | "loadAttribute"
  | "refresh"
  | "expire"
>;

/** Whatever has events: engines, connections, sessions, session factories, mapped classes and their relationships. */
export type ListenTarget = MappedClass | { readonly "~events": object };

type SessionEventsOf<S> = {
  [K in keyof SessionEvents]: {
    [P in keyof SessionEvents[K]]: P extends "session"
      ? S
      : P extends "invokeStatement"
        ? () => InvokeAnswer<S>
        : SessionEvents[K][P];
  };
};

type InvokeAnswer<S> = S extends { readonly mode: infer M extends Mode } ? Answer<M, AnyResult> : never;

/** The events of a target, by name. */
export type EventsOf<T> = T extends abstract new (
  ...args: never
) => infer I
  ? T extends MappedClass
    ? EntityEvents<I, T, ListenerSession>
    : SessionEventsOf<I>
  : T extends DeclarativeBase
    ? EntityEvents<object, MappedClass, ListenerSession>
    : T extends SessionBase<Mode> | SessionBase<"sync"> | SessionBase<"async">
      ? SessionEventsOf<T>
      : T extends RelationshipAttribute<infer C, infer M>
        ? M extends true
          ? CollectionEvents<Instance<C>>
          : ReferenceEvents<Instance<C>>
        : T extends Listenable<SessionEvents> & ((...args: never) => infer S)
          ? SessionEventsOf<S>
          : T extends { readonly "~events": EventHub<infer E> }
            ? E
            : never;

/**
 * Calls `listener` whenever the event happens to the target: an engine or connection, a session, its factory or its class,
 * a mapped class or a base (all its classes), a relationship (`User.c.posts`).
 *
 * @throws ArgumentError for an event the target does not have, naming those it has.
 * @example listen(User, "beforeInsert", ({ object }) => { object.name = object.name.trim(); })
 */
export function listen<T extends ListenTarget, K extends keyof EventsOf<T> & string>(
  target: T,
  name: K,
  listener: Listener<EventsOf<T>[K]>,
): void {
  listenTo(eventful(target), name as never, listener as never);
}

/** Ends what `listen` with the same arguments began. */
export function unlisten<T extends ListenTarget, K extends keyof EventsOf<T> & string>(
  target: T,
  name: K,
  listener: Listener<EventsOf<T>[K]>,
): void {
  unlistenTo(eventful(target), name as never, listener as never);
}

function eventful(target: unknown): Listenable<object> {
  if (target instanceof Column) {
    throw new ArgumentError(
      `${target.fullName} is a plain property of its objects, so nobody hears of assignments to it. Use validates() to check ` +
        'or change values, or listen for "beforeUpdate" of the class.',
    );
  }
  findMapper(target); // a mapped class becomes known by its first use
  return target as Listenable<object>;
}
