import Database from "better-sqlite3";
import type { Adapter } from "../contestant.ts";
import { contestantOf } from "./raw-sqlite.ts";

export const rawBetterSqlite3: Adapter = {
  name: "better-sqlite3",
  package: "better-sqlite3",
  databases: ["sqlite"],
  open: (_, file) => contestantOf(new Database(file)),
};
