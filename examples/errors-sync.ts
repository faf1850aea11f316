// Errors, and how to go on after them: node examples/errors-sync.ts [URL]
import {
  Session,
  createEngine,
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

using engine = createEngine(process.argv[2] ?? "sqlite:///:memory:");
Base.metadata.createAll(engine);
using session = new Session(engine);
session.add(new User({ id: 1, name: "Alice", email: "existing@example.com" }));
session.add(new User({ id: 2, name: "Bob", email: "bob@example.com" }));
session.commit();

try {
  session.add(new User({ id: 3, name: "Test", email: "existing@example.com" }));
  session.flush();
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  console.log("User with this email already exists");
}

// the transaction cannot be used before it is rolled back
try {
  session.scalars(select(User));
} catch (error) {
  if (!(error instanceof PendingRollbackError)) throw error;
  session.rollback();
  console.log("Rolled back");
}

try {
  session.execute(select(User).where(User.c.id.eq(99_999))).scalarOne();
} catch (error) {
  if (!(error instanceof NoResultFound)) throw error;
  console.log("User not found");
}

try {
  session.scalars(select(User)).one();
} catch (error) {
  if (!(error instanceof MultipleResultsFound)) throw error;
  console.log("More than one user");
}

// a savepoint keeps what was done before the error
try {
  session.getOne(User, 2).name = "Robert";
  session.beginNested(() => session.add(new User({ id: 3, name: "Twin", email: "bob@example.com" })));
} catch (error) {
  if (!(error instanceof IntegrityError)) throw error;
  console.log("Bob has that email");
}
session.commit();
console.log(session.scalars(select(User.c.name).orderBy(User.c.id)).all().join(", "));
