// What an editor shows when the pointer rests on a name: short, and in the words of the program.
import { resolve } from "node:path";
import ts from "typescript-5.9";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
const folder = `${root}/test/types/wrong-programs`;
const path = `${folder}/hovers.ts`;

// the name after each /**/ is asked about
const program = `
import { AsyncSession, func, insert, select, Session } from "athanor";
import { SessionFactory } from "athanor/naked";
import { asyncEngine, engine, Post, User } from "./models.ts";

const session = new Session(engine);
const asyncSession = new AsyncSession(asyncEngine);

const user = new /**/User({ name: "Alice" });
user./**/posts;
user.posts[0]?./**/author;
User./**/c;
User.c./**/name;
User.c./**/posts;
const /**/statement = select(User.c.id, Post.c.title, func.count().as("total"));
const /**/users = select(User);
const /**/rows = session.execute(statement).all();
const /**/records = session.execute(statement).mappings().all();
const /**/counts = statement.subquery();
const /**/found = asyncSession.get(User, 1);
const /**/result = asyncSession.scalars(select(User));
insert(User)./**/values({ name: "Alice" });
const /**/naked = new SessionFactory(engine).begin((own) => own.scalar(select(User)));
const /**/pairs = session.naked.execute(select(User, Post.c.title)).all();
`;

const config = ts.readConfigFile(`${folder}/tsconfig.json`, (name) => ts.sys.readFile(name));
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, folder);
const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getScriptFileNames: () => [path],
  getScriptVersion: () => "1",
  getScriptSnapshot(name) {
    const text = name === path ? program : ts.sys.readFile(name);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => folder,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  directoryExists: (name) => ts.sys.directoryExists(name),
  fileExists: (name) => name === path || ts.sys.fileExists(name),
  readFile: (name) => (name === path ? program : ts.sys.readFile(name)),
});

const hovers = [...program.matchAll(/\/\*\*\/(\w+)/g)].map(({ index, 1: name = "" }) => {
  const info = service.getQuickInfoAtPosition(path, index + "/**/".length);
  return { name, text: (info?.displayParts ?? []).map((part) => part.text).join("") };
});

test("hovers are as agreed upon", async () => {
  const sections = hovers.map(({ text }) => `${text}\n`);
  await expect(sections.join("\n")).toMatchFileSnapshot(`${root}/test/types/hovers.txt`);
});

test.each(hovers)("the hover of $name can be read at a glance", ({ text }) => {
  expect(text).not.toMatch(/\bany\b|ColumnBuilder|RelationshipDefinition/);
  expect(text.length).toBeLessThan(600);
});
