// Connections, transactions and streams: node examples/connections-async.ts [URL]
import { createAsyncEngine, declarativeBase, insert, integer, select, string, text } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).nullable(),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await engine.begin((connection) => connection.runSync(Base.metadata.createAll));

{
  await using connection = await engine.connect();
  const result = await connection.execute(text("SELECT 1"));
  console.log(`Result: ${Number(result.scalar())}`);
  // what was read began a transaction, which this one takes over; it is committed at the end
  await connection.begin(async () => {
    await connection.execute(insert(User).values({ name: "Bob", email: "bob@example.com" }));
  });
}

// one statement in a transaction of its own
await engine.execute(text("INSERT INTO users (name) VALUES (:name)"), [{ name: "Carol" }, { name: "Dave" }]);

{
  await using connection = await engine.connect();
  for await (const name of await connection.streamScalars(select(User.c.name).orderBy(User.c.id))) {
    console.log(`Processing user: ${name}`);
  }
}
