// The handlers whose outcomes A3-58 tells, independent of any framework: a name, the handler, and the rows it leaves.
import {
  atomicDbSession,
  closeDbSession,
  commitDbSession,
  dbSession,
  newNonCtxAtomicSession,
  newNonCtxSession,
  rollbackDbSession,
  runInNewCtx,
  type SessionSource,
} from "../../../src/context/index.ts";
import { type AsyncSession, insert } from "../../../src/index.ts";
import { Example } from "./open-connect.ts";

type Connect = SessionSource<AsyncSession>;

const row = () => insert(Example).values({ text: "example" });
const add = async (connect: Connect): Promise<void> => void (await (await dbSession(connect)).execute(row()));
const boom = (): never => {
  throw new TypeError("rolled back on purpose");
};

/** One handler: how it answers (a status, or an error that it throws) and the rows that are there afterwards. */
export interface ExampleHandler {
  readonly rows: number;
  /** 200 when not given; `"throws"` for a handler that fails. */
  readonly answers?: number | "throws";
  /** Writes on several connections at the same time. */
  readonly needsManyWriters?: boolean;
  run(connect: Connect): Promise<void>;
}

export const exampleHandlers: Readonly<Record<string, ExampleHandler>> = {
  simpleUsage: { rows: 1, run: add },
  atomicBase: {
    rows: 2,
    async run(connect) {
      await atomicDbSession(connect, (session) => session.execute(row()));
      await atomicDbSession(connect, (session) => session.execute(row()));
    },
  },
  atomicAndPreviousTransaction: {
    rows: 5,
    answers: "throws",
    async run(connect) {
      await add(connect);
      await atomicDbSession(connect, (session) => session.execute(row()));
      await add(connect);
      await atomicDbSession(connect, (session) => session.execute(row()), { currentTransaction: "rollback" });
      await add(connect);
      await atomicDbSession(connect, (session) => session.execute(row()), { currentTransaction: "append" });
      await add(connect);
      await atomicDbSession(connect, () => undefined, { currentTransaction: "raise" });
    },
  },
  earlyCommit: {
    rows: 4,
    async run(connect) {
      const session = await dbSession(connect);
      await session.execute(row());
      await session.commit();
      await add(connect);
      await commitDbSession(connect);
      await atomicDbSession(connect, (same) => same.execute(row()));
      await add(connect);
    },
  },
  earlyRollback: {
    rows: 0,
    async run(connect) {
      await add(connect);
      await rollbackDbSession(connect);
      const session = await dbSession(connect);
      await session.execute(row());
      await session.rollback();
    },
  },
  rollbackByException: {
    rows: 0,
    answers: "throws",
    async run(connect) {
      await add(connect);
      boom();
    },
  },
  rollbackByStatus: { rows: 0, answers: 500, run: add },
  earlyConnectionClose: {
    rows: 2,
    async run(connect) {
      await add(connect);
      await commitDbSession(connect);
      await closeDbSession(connect);
      await add(connect);
    },
  },
  concurrentQueries: {
    rows: 5,
    needsManyWriters: true,
    async run(connect) {
      await Promise.allSettled([
        add(connect),
        runInNewCtx(add, connect),
        runInNewCtx(async () => (await add(connect), boom())),
        runInNewCtx(async () => {
          await add(connect);
          await commitDbSession(connect);
        }),
        newNonCtxSession(connect, async (session) => {
          await session.execute(row());
          await session.commit();
        }),
        newNonCtxAtomicSession(connect, (session) => session.execute(row())),
      ]);
    },
  },
};
