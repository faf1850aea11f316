// The database of the examples: one DBConnect for the program. DATABASE_URL names another one than SQLite in memory.
import { type AsyncEngine, asyncSessionmaker, createAsyncEngine } from "athanor";
import { DBConnect } from "athanor/context";

export const database = new DBConnect({
  host: process.env["DATABASE_URL"] ?? "sqlite:///:memory:",
  engineCreator: (url: string) => createAsyncEngine(url),
  sessionMakerCreator: (engine: AsyncEngine) => asyncSessionmaker(engine),
});
