// The application under test: it adds users and commits.
import {
  asyncSessionmaker,
  createAsyncEngine,
  createEngine,
  declarativeBase,
  integer,
  select,
  sessionmaker,
  string,
} from "athanor";
import { commitDbSession, DBConnect, dbSession } from "athanor/context";

const isSync = process.env.COLOUR === "sync";

export const Base = declarativeBase();
export class User extends Base.mapped("users", { id: integer().primaryKey(), name: string(50) }) {}

export const names = select(User.c.name).orderBy(User.c.id);

export function connectTo(url) {
  return new DBConnect({
    host: url,
    engineCreator: (host) => (isSync ? createEngine(host) : createAsyncEngine(host)),
    sessionMakerCreator: (engine) => (isSync ? sessionmaker(engine) : asyncSessionmaker(engine)),
  });
}

export async function register(connect, name) {
  const session = await dbSession(connect);
  session.add(new User({ name }));
  await commitDbSession(connect);
}
