// One session for all functions of a task: node examples/scoped-sessions-sync.ts [URL]
import { scopedSession, sessionmaker, createEngine, declarativeBase, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
let task = "";
const session = scopedSession(sessionmaker(engine), () => task);

// neither is handed the session
function register(id: number, name: string) {
  session.add(new User({ id, name }));
}
function list() {
  return session.scalars(select(User.c.name).orderBy(User.c.id)).all().join(", ");
}

task = "first";
const first = session();
register(1, "Alice");
console.log(`The same session: ${session() === first}`);
console.log(`In it: ${list()}`);
session.commit();
session.remove();

task = "second";
console.log(`Another session: ${session() !== first}`);
console.log(`Committed: ${list()}`);
register(2, "Bob");
session.remove();
console.log(`Not committed: ${list()}`);
session.remove();
console.log(`Connections in use: ${engine.pool.checkedOut()}`);
