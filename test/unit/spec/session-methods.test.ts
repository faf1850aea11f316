// docs/session-methods.md: what it names is there, and no public member of a session is left out.
import { readFileSync } from "node:fs";
import * as athanor from "athanor";
import { expect, test } from "vitest";

const page = readFileSync(new URL("../../../docs/session-methods.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:SQLAlchemy|---)/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()) as [string, string, string, string, string]);

const session = new athanor.Session(athanor.createEngine("sqlite://"));
const asyncSession = new athanor.AsyncSession(athanor.createAsyncEngine("sqlite://"));
const factory = athanor.asyncSessionmaker(athanor.createAsyncEngine("sqlite://"));

/** The names that a cell has in code: `get(User, key)`, `session.identityKey(…)`, `[...session]`. */
function namesIn(cell: string): readonly string[] {
  const code = [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
  return code.flatMap((text) => /^(?:session\.)?([a-zA-Z_]+)/.exec(text)?.[1] ?? []);
}

const camelCase = (name: string): string => name.replace(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase());

test("each name of the second column is a session's, a factory's or the package's", () => {
  expect(rows.length).toBeGreaterThan(40);
  const unknown = rows.flatMap(([, theirs, ours]) => {
    // "the same": their names are ours
    const names = ours === "the same" ? namesIn(theirs).map(camelCase) : namesIn(ours);
    return names.filter((name) => ![session, asyncSession, factory, athanor].some((place) => name in place));
  });
  expect(unknown).toEqual([]);
});

test("each public member of sessions stands in it, or is told of elsewhere", () => {
  const elsewhere = /^(?:constructor|mode|core|run|inTurn|inner|connectionOver|closeForGood|~events|Symbol.*)$/;
  const guides = ["session-proxy", "naked-sessions", "async", "models-and-sessions"].map((name) =>
    readFileSync(new URL(`../../../docs/guides/${name}.md`, import.meta.url), "utf8"),
  );
  const text = [page, ...guides].join("\n");
  const members = [session, asyncSession].flatMap((object) => {
    const own: string[] = [];
    for (
      let at: object | null = object;
      at !== null && at !== Object.prototype;
      at = Object.getPrototypeOf(at) as object | null
    )
      own.push(...Reflect.ownKeys(at).map(String));
    return own;
  });
  const missing = [...new Set(members)].filter(
    (name) => !elsewhere.test(name) && !new RegExp(`\\b${name}\\b`).test(text),
  );
  expect(missing).toEqual([]);
});
