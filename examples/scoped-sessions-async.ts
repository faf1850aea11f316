// One session for all functions of a task: node examples/scoped-sessions-async.ts [URL]
import {
  asyncScopedSession,
  asyncSessionmaker,
  createAsyncEngine,
  declarativeBase,
  integer,
  select,
  string,
} from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
let task = "";
const session = asyncScopedSession(asyncSessionmaker(engine), () => task);

// neither is handed the session
function register(id: number, name: string) {
  session.add(new User({ id, name }));
}
async function list() {
  return (await session.scalars(select(User.c.name).orderBy(User.c.id))).all().join(", ");
}

task = "first";
const first = session();
register(1, "Alice");
console.log(`The same session: ${session() === first}`);
console.log(`In it: ${await list()}`);
await session.commit();
await session.remove();

task = "second";
console.log(`Another session: ${session() !== first}`);
console.log(`Committed: ${await list()}`);
register(2, "Bob");
await session.remove();
console.log(`Not committed: ${await list()}`);
await session.remove();
console.log(`Connections in use: ${engine.pool.checkedOut()}`);
