// Transactions and savepoints of a connection: node examples/transactions-sync.ts [URL]
import { createEngine, declarativeBase, insert, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
using connection = engine.connect();

const add = (name: string) => insert(User).values({ name });
const names = select(User.c.name).orderBy(User.c.id);

// begun, used and committed by hand
const transaction = connection.begin();
connection.execute(add("Alice"));
console.log(`Active: ${transaction.isActive}, the connection's: ${connection.getTransaction() === transaction}`);
transaction.commit();
console.log(`Active: ${transaction.isActive}, open: ${connection.inTransaction()}`);

// a function that throws has its transaction rolled back
try {
  connection.begin(() => {
    connection.execute(add("Mallory"));
    throw new RangeError("changed my mind");
  });
} catch (error) {
  console.log(`Rolled back: ${(error as Error).message}`);
}

// a savepoint takes back a part; what was done around it stays
connection.begin(() => {
  connection.execute(add("Bob"));
  const savepoint = connection.beginNested();
  connection.execute(add("Trudy"));
  savepoint.rollback();
  connection.beginNested(() => connection.execute(add("Carol")));
});

console.log(connection.scalars(names).all().join(", "));
