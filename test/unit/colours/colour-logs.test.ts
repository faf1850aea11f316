import { expect, test } from "vitest";
import { type CaseLog, caseNameOf, ColourLogs } from "../../colours/colour-logs.ts";
import { recordSent } from "../../colours/sent-statements.ts";
import { createEngine } from "../../../src/facade/engine.ts";
import { text } from "../../../src/sql/index.ts";

const log = (colour: CaseLog["colour"], statements: readonly string[], reason: string | null = null): CaseLog => ({
  colour,
  statements,
  reason,
});

test("a case is known by its names, its database and its driver", () => {
  expect(caseNameOf("loading (postgresql, pg, sync) > some rows")).toEqual({
    key: "loading (postgresql, pg) > some rows",
    colour: "sync",
  });
  expect(caseNameOf("a tree of errors > has codes")).toBeNull();
});

test("cases that sent something else in one colour are told with the first difference", () => {
  const logs = new ColourLogs();
  logs.add("same", log("sync", ["BEGIN", "SELECT 1"]));
  logs.add("same", log("async", ["BEGIN", "SELECT 1"]));
  logs.add("alone", log("async", ["SELECT 1"]));
  logs.add("other", log("sync", ["BEGIN", "SELECT 1", "COMMIT"]));
  logs.add("other", log("async", ["BEGIN", "SELECT 2", "COMMIT"]));
  logs.add("more", log("async", ["SELECT 1", "SELECT 2"]));
  logs.add("more", log("sync", ["SELECT 1"]));
  logs.add("known", log("sync", ["SELECT 1"], "for a reason"));
  logs.add("known", log("async", [], "for a reason"));
  expect(logs.differences()).toEqual([
    "other\n  statement 2 of 3 and 3\n  sync:  SELECT 1\n  async: SELECT 2",
    "more\n  statement 2 of 1 and 2\n  sync:  (nothing more)\n  async: SELECT 2",
  ]);
});

test("what a driver is sent is recorded with the kinds of its parameters, transactions included", () => {
  const sent: string[] = [];
  using engine = createEngine("sqlite:///:memory:");
  recordSent((statement) => void sent.push(statement));
  engine.begin((connection) => connection.scalar(text("SELECT :a, :b"), { a: 1, b: "x" }));
  recordSent(null);
  engine.begin((connection) => connection.scalar(text("SELECT 2")));
  expect(sent).toEqual(expect.arrayContaining(["SELECT ?, ? [bigint, string]", "COMMIT"]));
  expect(sent.filter((statement) => statement === "SELECT 2")).toEqual([]);
  expect(sent.some((statement) => statement.startsWith("BEGIN"))).toBe(true);
});
