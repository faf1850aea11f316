// The ways to read a result: node examples/results-async.ts [URL]
import { asyncSessionmaker, createAsyncEngine, declarativeBase, integer, select, string } from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
const Sessions = asyncSessionmaker(engine);
await Sessions.begin((session) => {
  session.addAll(["Alice", "Bob", "Carol", "Dave"].map((name, index) => new User({ id: index + 1, name })));
});

const query = select(User.c.id, User.c.name).orderBy(User.c.id);
await using session = Sessions();

// row by row, as the rows come
const stream = await session.stream(query);
console.log("fetchOne", await stream.fetchOne());
console.log("fetchMany", await stream.fetchMany(2));
console.log("fetchAll", await stream.fetchAll());
console.log("fetchOne at the end", await stream.fetchOne());

// one value, one row
console.log("scalar", await session.scalar(select(User.c.name).where(User.c.id.eq(2))));
console.log("first", (await session.execute(query)).first());
console.log("one", (await session.execute(query.where(User.c.id.eq(3)))).one());
console.log("oneOrNone", (await session.execute(query.where(User.c.id.eq(9)))).oneOrNone());

// other views of the same rows
console.log("scalars", (await session.execute(query)).scalars("name").all());
console.log("mappings", (await session.execute(query.limit(1))).mappings().all());
for (const part of (await session.execute(query)).partitions(3)) console.log("partition", part.length);

// rows are read when execute() has answered: they outlive the session
const kept = await session.execute(query);
await session.close();
console.log("kept", kept.all().length);
