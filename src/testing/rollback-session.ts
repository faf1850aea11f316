import {
  type AnySession,
  openScope,
  popDbSessionFromContext,
  putDbSessionToContext,
  type SessionSource,
} from "../context/index.ts";
import { ContextNotInitiatedError, ResourceClosedError } from "../errors/index.ts";
import { answeredFlow } from "../engine/index.ts";
import { closing, type Flow, type MaybePromise, runAsync, wait } from "../flow/index.ts";
import { setTestContext } from "./test-context.ts";

/** Calls a function with a session of no context, whose transaction is always rolled back. */
export async function rollbackSession<S extends AnySession, T>(
  connect: SessionSource<S>,
  body: (session: S) => T,
): Promise<Awaited<T>> {
  const session = await connect["~newSession"]();
  // closing rolls back
  return await runAsync(
    closing(
      bodyFlow<Awaited<T>>(() => body(session)),
      () => wait(session.close() as MaybePromise<void>),
    ),
  );
}

/** A database whose session factory takes options. */
export interface SavepointSource<S extends AnySession> extends SessionSource<S> {
  sessionMaker(): Promise<() => S>;
}

/**
 * Calls a function in whose context the database has a session inside the transaction of the session given: its commits
 * are savepoints, so that both see the same rows and the end of the outer one undoes all of them.
 *
 * @throws ContextNotInitiatedError outside of a context: `setTestContext` opens one.
 */
export async function putSavepointSessionInCtx<S extends AnySession, T>(
  connect: SavepointSource<S>,
  session: S,
  body: () => T,
): Promise<Awaited<T>> {
  if (openScope() === null) {
    throw new ContextNotInitiatedError(
      "putSavepointSessionInCtx() needs a context: call it inside setTestContext(() => …).",
    );
  }
  const maker: (options?: object) => S = await connect.sessionMaker();
  const bind = await session.connection();
  // an outer transaction to set savepoints in: without a statement so far there is none
  if (!bind.inTransaction()) await bind.begin();
  const inner = maker({ bind, joinTransactionMode: "create_savepoint" });
  putDbSessionToContext(connect, inner);
  return await runAsync(closing(bodyFlow<Awaited<T>>(body), () => leaveFlow(connect, inner)));
}

function* leaveFlow(connect: SavepointSource<AnySession>, inner: AnySession): Flow<void> {
  popDbSessionFromContext(connect);
  inner.core.retire(
    () => new ResourceClosedError("This session belonged to putSavepointSessionInCtx(), whose function has ended."),
  );
  yield* wait(inner.close() as MaybePromise<void>);
}

/**
 * Calls a function in a test's context, in which the database's session is a savepoint session: nothing the function
 * does is there afterwards. It gets a session that sees what the tested code sees, committed or not.
 */
export async function inRolledBackContext<S extends AnySession, T>(
  connect: SavepointSource<S>,
  body: (session: S) => T,
): Promise<Awaited<T>> {
  return await setTestContext(() =>
    rollbackSession(connect, (session) => putSavepointSessionInCtx(connect, session, () => body(session))),
  );
}

/**
 * A test's function that runs in `inRolledBackContext`, for any runner: `test("…", rolledBack(connect, async (session) => …))`.
 *
 * Tests made so may run at the same time.
 */
export function rolledBack<S extends AnySession>(
  connect: SavepointSource<S>,
  body: (session: S) => unknown,
): () => Promise<void> {
  return async () => {
    await inRolledBackContext(connect, body);
  };
}

/** For runners with hooks around a test: `aroundEach(rolledBackAround(connect))` of vitest. */
export function rolledBackAround(
  connect: SavepointSource<AnySession>,
): (runTest: () => Promise<void>) => Promise<void> {
  return (runTest) => inRolledBackContext(connect, () => runTest());
}

function* bodyFlow<T>(body: () => unknown): Flow<T> {
  return yield* answeredFlow<T>(body());
}
