import { ConnectionBase, EngineBase, Inspector } from "../engine/index.ts";
import { InvalidRequestError } from "../errors/index.ts";
import type { Mode } from "../flow/index.ts";
import { nakedInspection, ObjectInspection, stateOf } from "../orm/index.ts";

/**
 * What there is to know of an engine's or connection's database, or of an object.
 *
 * Of a database: its tables, views, columns, keys and indexes; the methods of an async one answer with promises. Of an
 * object of a mapped class: what its session knows of it, its status, identity, and the history of its attributes.
 * @throws InvalidRequestError for something that cannot be inspected.
 * @example await inspect(engine).getTableNames()
 */
export function inspect<M extends Mode>(bind: EngineBase<M> | ConnectionBase<M>): Inspector<M>;
export function inspect(object: object): ObjectInspection;
export function inspect(subject: object): Inspector<Mode> | ObjectInspection {
  if (subject instanceof EngineBase || subject instanceof ConnectionBase) return new Inspector<Mode>(subject);
  const state = stateOf(subject);
  if (state !== undefined) return new ObjectInspection(state);
  const naked = nakedInspection(subject);
  if (naked !== null) return naked;
  throw new InvalidRequestError("inspect() takes an engine, a connection, or an object of a mapped class.", {
    code: "insp",
  });
}
