// Transactions and savepoints of a connection: node examples/transactions-async.ts [URL]
import { createAsyncEngine, declarativeBase, insert, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
await using connection = await engine.connect();

const add = (name: string) => insert(User).values({ name });
const names = select(User.c.name).orderBy(User.c.id);

// begun, used and committed by hand
const transaction = await connection.begin();
await connection.execute(add("Alice"));
console.log(`Active: ${transaction.isActive}, the connection's: ${connection.getTransaction() === transaction}`);
await transaction.commit();
console.log(`Active: ${transaction.isActive}, open: ${connection.inTransaction()}`);

// a function that throws has its transaction rolled back
try {
  await connection.begin(async () => {
    await connection.execute(add("Mallory"));
    throw new RangeError("changed my mind");
  });
} catch (error) {
  console.log(`Rolled back: ${(error as Error).message}`);
}

// a savepoint takes back a part; what was done around it stays
await connection.begin(async () => {
  await connection.execute(add("Bob"));
  const savepoint = await connection.beginNested();
  await connection.execute(add("Trudy"));
  await savepoint.rollback();
  await connection.beginNested(() => connection.execute(add("Carol")));
});

console.log((await connection.scalars(names)).all().join(", "));
