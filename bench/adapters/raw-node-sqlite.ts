import { DatabaseSync } from "node:sqlite";
import type { Adapter } from "../contestant.ts";
import { contestantOf } from "./raw-sqlite.ts";

export const rawNodeSqlite: Adapter = {
  name: "node:sqlite",
  package: null,
  databases: ["sqlite"],
  open: (_, file) => contestantOf(new DatabaseSync(file)),
};
