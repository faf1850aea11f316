// Connections, transactions and streams: node examples/connections-sync.ts [URL]
import { createEngine, declarativeBase, insert, integer, select, string, text } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).nullable(),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
engine.begin((connection) => connection.runSync(Base.metadata.createAll));

{
  using connection = engine.connect();
  const result = connection.execute(text("SELECT 1"));
  console.log(`Result: ${Number(result.scalar())}`);
  // what was read began a transaction, which this one takes over; it is committed at the end
  connection.begin(() => {
    connection.execute(insert(User).values({ name: "Bob", email: "bob@example.com" }));
  });
}

// one statement in a transaction of its own
engine.execute(text("INSERT INTO users (name) VALUES (:name)"), [{ name: "Carol" }, { name: "Dave" }]);

{
  using connection = engine.connect();
  for (const name of connection.streamScalars(select(User.c.name).orderBy(User.c.id))) {
    console.log(`Processing user: ${name}`);
  }
}
