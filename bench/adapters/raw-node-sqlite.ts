import { DatabaseSync } from "node:sqlite";
import type { Adapter } from "../contestant.ts";
import { copyOf } from "../databases.ts";
import { contestantOf } from "./raw-sqlite.ts";

const reason = "its SQLite must not write the file that better-sqlite3's has open in the same process";

export const rawNodeSqlite: Adapter = {
  name: "node:sqlite",
  package: null,
  databases: ["sqlite"],
  lacks: {
    "insert-flat": reason,
    "insert-graph": reason,
    update: reason,
    "flush-10k": reason,
    "flush-100k": reason,
    "order-entry": reason,
  },
  open(_, file) {
    const { tasks, close } = contestantOf(new DatabaseSync(copyOf(file)));
    const { get, "rows-10k": rows10k, "rows-100k": rows100k, stream, eager } = tasks;
    return { tasks: { get, "rows-10k": rows10k, "rows-100k": rows100k, stream, eager } as typeof tasks, close };
  },
};
