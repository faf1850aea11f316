import { declarativeBase, func, integer, type JoinTransactionMode, listen, select, string } from "athanor";
import { expect, it } from "vitest";
import type { AsyncConnection, AsyncTransaction } from "../../../src/facade/async-engine.ts";
import { describeTargets } from "../../targets/index.ts";
import { openEngine } from "../open-engine.ts";
import { openSession } from "./open-session.ts";

const Base = declarativeBase();
class Note extends Base.mapped("notes", {
  id: integer().primaryKey(),
  text: string(40),
}) {}

type Outer = "transaction" | "savepoint";
type End = "commit" | "close" | "rollback";
interface Outcome {
  /** Whether the transaction around the savepoint is still open. */
  readonly transaction: "open" | "ended";
  readonly savepoint?: "open" | "ended";
  /** What stands in the table afterwards, seen by the connection itself. */
  readonly row: "kept" | "undone";
  /** What the session begins and ends on the connection. */
  readonly sent: readonly (typeof events)[number][];
}

const events = ["savepoint", "releaseSavepoint", "rollbackSavepoint", "commit", "rollback"] as const;

// the table of spec B4
const outcomes: readonly (readonly [Outer, readonly JoinTransactionMode[], Readonly<Record<End, Outcome>>])[] = [
  [
    "transaction",
    ["conditional_savepoint", "rollback_only"],
    {
      commit: { transaction: "open", row: "kept", sent: [] },
      close: { transaction: "open", row: "kept", sent: [] },
      rollback: { transaction: "ended", row: "undone", sent: ["rollback"] },
    },
  ],
  [
    "transaction",
    ["create_savepoint"],
    {
      commit: { transaction: "open", row: "kept", sent: ["savepoint", "releaseSavepoint"] },
      close: { transaction: "open", row: "undone", sent: ["savepoint", "rollbackSavepoint"] },
      rollback: { transaction: "open", row: "undone", sent: ["savepoint", "rollbackSavepoint"] },
    },
  ],
  [
    "transaction",
    ["control_fully"],
    {
      commit: { transaction: "ended", row: "kept", sent: ["commit"] },
      close: { transaction: "ended", row: "undone", sent: ["rollback"] },
      rollback: { transaction: "ended", row: "undone", sent: ["rollback"] },
    },
  ],
  [
    "savepoint",
    ["conditional_savepoint", "create_savepoint"],
    {
      commit: { transaction: "open", savepoint: "open", row: "kept", sent: ["savepoint", "releaseSavepoint"] },
      close: { transaction: "open", savepoint: "open", row: "undone", sent: ["savepoint", "rollbackSavepoint"] },
      rollback: { transaction: "open", savepoint: "open", row: "undone", sent: ["savepoint", "rollbackSavepoint"] },
    },
  ],
  [
    "savepoint",
    ["control_fully"],
    {
      commit: { transaction: "open", savepoint: "ended", row: "kept", sent: ["releaseSavepoint"] },
      close: { transaction: "open", savepoint: "ended", row: "undone", sent: ["rollbackSavepoint"] },
      rollback: { transaction: "open", savepoint: "ended", row: "undone", sent: ["rollbackSavepoint"] },
    },
  ],
  [
    "savepoint",
    ["rollback_only"],
    {
      commit: { transaction: "open", savepoint: "open", row: "kept", sent: [] },
      close: { transaction: "open", savepoint: "open", row: "kept", sent: [] },
      rollback: { transaction: "open", savepoint: "ended", row: "undone", sent: ["rollbackSavepoint"] },
    },
  ],
];

const cases = outcomes.flatMap(([outer, modes, ends]) =>
  modes.flatMap((mode) => (Object.keys(ends) as End[]).map((end) => ({ outer, mode, end, expected: ends[end] }))),
);

describeTargets("a session that joins a transaction", (target) => {
  it.each(cases)("$outer, $mode, $end", async ({ outer, mode, end, expected }) => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    const connection = await engine.connect();
    const transaction = await connection.begin();
    const savepoint = outer === "savepoint" ? await connection.beginNested() : null;
    const sent: string[] = [];
    for (const name of events) listen(engine, name, () => void sent.push(name));

    const session = openSession(target, connection, { joinTransactionMode: mode });
    session.add(new Note({ text: "joined" }));
    await session.flush();
    await session[end]();

    expect(cases).toHaveLength(24);
    expect({
      sent,
      transaction: stateOf(transaction),
      ...(savepoint === null ? {} : { savepoint: stateOf(savepoint) }),
      row: (await countNotes(connection)) === 1 ? "kept" : "undone",
    }).toEqual(expected);
    expect(connection.closed).toBe(false);
    await connection.close();
  });

  it("has its own transaction on a connection that has none, and leaves the connection open", async () => {
    const engine = await openEngine(target);
    await Base.metadata.createAll(engine);
    for (const mode of ["conditional_savepoint", "rollback_only", "create_savepoint", "control_fully"] as const) {
      const connection = await engine.connect();
      const session = openSession(target, connection, { joinTransactionMode: mode });
      session.add(new Note({ text: mode }));
      await session.commit();
      session.add(new Note({ text: "lost" }));
      await session.flush();
      await session.close();
      expect(connection.closed).toBe(false);
      expect(connection.inTransaction()).toBe(false);
      await connection.close();
    }
    const connection = await engine.connect();
    expect(await countNotes(connection)).toBe(4);
    await connection.close();
  });

  it("refuses a mode that does not exist", async () => {
    const engine = await openEngine(target);
    expect(() => openSession(target, engine, { joinTransactionMode: "sometimes" as never })).toThrow(
      /joinTransactionMode/,
    );
  });
});

function stateOf(transaction: AsyncTransaction | { readonly isActive: boolean }): "open" | "ended" {
  return transaction.isActive ? "open" : "ended";
}

async function countNotes(connection: AsyncConnection): Promise<number | null> {
  return await connection.scalar(select(func.count()).selectFrom(Note));
}
