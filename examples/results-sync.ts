// The ways to read a result: node examples/results-sync.ts [URL]
import { sessionmaker, createEngine, declarativeBase, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
const Sessions = sessionmaker(engine);
Sessions.begin((session) => {
  session.addAll(["Alice", "Bob", "Carol", "Dave"].map((name, index) => new User({ id: index + 1, name })));
});

const query = select(User.c.id, User.c.name).orderBy(User.c.id);
using session = Sessions();

// row by row, as the rows come
const stream = session.stream(query);
console.log("fetchOne", stream.fetchOne());
console.log("fetchMany", stream.fetchMany(2));
console.log("fetchAll", stream.fetchAll());
console.log("fetchOne at the end", stream.fetchOne());

// one value, one row
console.log("scalar", session.scalar(select(User.c.name).where(User.c.id.eq(2))));
console.log("first", session.execute(query).first());
console.log("one", session.execute(query.where(User.c.id.eq(3))).one());
console.log("oneOrNone", session.execute(query.where(User.c.id.eq(9))).oneOrNone());

// other views of the same rows
console.log("scalars", session.execute(query).scalars("name").all());
console.log("mappings", session.execute(query.limit(1)).mappings().all());
for (const part of session.execute(query).partitions(3)) console.log("partition", part.length);

// rows are read when execute() has answered: they outlive the session
const kept = session.execute(query);
session.close();
console.log("kept", kept.all().length);
