import { type AsyncEngine, declarativeBase, integer, select, string } from "athanor";
import { DBConnect, type LeakListener } from "../../../src/context.ts";
import type { AsyncSession } from "../../../src/facade/async-session.ts";
import type { Orm } from "../orm/open-orm.ts";

export const Base = declarativeBase();
export class Note extends Base.mapped("notes", { id: integer().primaryKey(), text: string(40) }) {}

/** A database of an application over the engine of the tests. */
export function connectTo(
  orm: Pick<Orm, "engine" | "session">,
  onLeak?: LeakListener,
): DBConnect<AsyncSession, () => AsyncSession, AsyncEngine> {
  return new DBConnect({
    host: "localhost",
    engineCreator: () => orm.engine,
    sessionMakerCreator: () => () => orm.session(),
    ...(onLeak === undefined ? {} : { onLeak }),
  });
}

export async function texts(orm: Orm): Promise<readonly unknown[]> {
  return orm.rows(select(Note.c.text).orderBy(Note.c.text));
}
