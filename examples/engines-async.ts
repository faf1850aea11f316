// Making an engine, and what its pool does: node examples/engines-async.ts [URL]
import { createAsyncEngine, declarativeBase, func, insert, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

const engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:", {
  echo: false,
  poolSize: 5,
  maxOverflow: 10,
  poolTimeout: 30,
  poolRecycle: 3600,
});
console.log(`Connections so far: ${engine.pool.checkedIn() + engine.pool.checkedOut()}`);

// tables and rows in one transaction: committed when the function returns
await engine.begin(async (connection) => {
  await connection.runSync(Base.metadata.createAll);
  await connection.execute(insert(User), [{ name: "Alice" }, { name: "Bob" }]);
  console.log(`Connections in use: ${engine.pool.checkedOut()}`);
});

const counted = await engine.execute(select(func.count(User.c.id)));
console.log(`Users: ${counted.scalarOne()}`);
console.log(`Connections in use: ${engine.pool.checkedOut()}, kept for later: ${engine.pool.checkedIn()}`);

await engine.dispose();
console.log(`Connections kept after dispose(): ${engine.pool.checkedIn()}`);
