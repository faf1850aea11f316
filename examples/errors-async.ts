// Errors, and how to go on after them: node examples/errors-async.ts [URL]
import {
  AsyncSession,
  createAsyncEngine,
  declarativeBase,
  IntegrityError,
  integer,
  MultipleResultsFound,
  NoResultFound,
  PendingRollbackError,
  select,
  string,
} from "athanor";

const Base = declarativeBase();

class User extends Base.mapped("users", {
  id: integer().primaryKey(),
  name: string(50),
  email: string(100).unique(),
}) {}

await using engine = createAsyncEngine(process.argv[2] ?? "sqlite:///:memory:");
await Base.metadata.createAll(engine);
await using session = new AsyncSession(engine);
session.add(new User({ id: 1, name: "Alice", email: "existing@example.com" }));
session.add(new User({ id: 2, name: "Bob", email: "bob@example.com" }));
await session.commit();

try {
  session.add(new User({ id: 3, name: "Test", email: "existing@example.com" }));
  await session.flush();
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  console.log("User with this email already exists");
}

// the transaction cannot be used before it is rolled back
try {
  await session.scalars(select(User));
} catch (error) {
  if (!(error instanceof PendingRollbackError)) throw error;
  await session.rollback();
  console.log("Rolled back");
}

try {
  (await session.execute(select(User).where(User.c.id.eq(99_999)))).scalarOne();
} catch (error) {
  if (!(error instanceof NoResultFound)) throw error;
  console.log("User not found");
}

try {
  (await session.scalars(select(User))).one();
} catch (error) {
  if (!(error instanceof MultipleResultsFound)) throw error;
  console.log("More than one user");
}

// a savepoint keeps what was done before the error
try {
  (await session.getOne(User, 2)).name = "Robert";
  await session.beginNested(() => session.add(new User({ id: 3, name: "Twin", email: "bob@example.com" })));
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  console.log("Bob has that email");
}
await session.commit();
console.log((await session.scalars(select(User.c.name).orderBy(User.c.id))).all().join(", "));
