import { expect, test } from "vitest";
import { listen } from "../../../src/engine/index.ts";
import { type AsyncEngine, createAsyncEngine } from "../../../src/facade/async-engine.ts";
import { AsyncSession } from "../../../src/facade/async-session.ts";
import { createEngine } from "../../../src/facade/engine.ts";
import { Session } from "../../../src/facade/session.ts";
import { joinedload, selectinload } from "../../../src/orm/index.ts";
import { select } from "../../../src/sql/index.ts";
import { Author, Base, Book, Letter, Node, Tag } from "./library.ts";

/** Everything a session does, once; awaiting a value is harmless. */
async function work(session: AsyncSession): Promise<void> {
  const tag = new Tag({ name: "t" });
  session.add(
    new Author({ name: "A", books: [new Book({ title: "x", tags: [tag] })], letters: [new Letter({ text: "p" })] }),
  );
  session.add(new Node({ name: "root", children: [new Node({ name: "leaf" })] }));
  await session.flush();
  const author = (
    await session.scalars(select(Author).options(selectinload(Author.c.books), joinedload(Author.c.profile)))
  ).one();
  author.name = "B";
  author.books = [];
  await session.commit();
  await session.get(Author, author.id);
  await session.refresh(author, ["books", "letters"]);
  await session.beginNested(() => {
    author.born = 3;
    return session.flush() as never;
  });
  for (const row of await (await session.stream(select(Author, Book.c.title).outerJoin(Author.c.books))).all())
    expect(row).toHaveLength(2);
  await session.delete(author);
  await session.rollback();
  await session.delete(await session.getOne(Author, author.id));
  for (const node of await session.scalars(select(Node).where(Node.c.parent.eq(null)))) await session.delete(node);
  await session.commit();
  await session.close();
}

test("sync and async sessions send the same statements", async () => {
  const logs: string[][] = [];
  for (const colour of ["sync", "async"] as const) {
    const url = "sqlite+better-sqlite3:///:memory:";
    const engine = (colour === "sync" ? createEngine(url) : createAsyncEngine(url)) as AsyncEngine;
    await Base.metadata.createAll(engine);
    const log: string[] = [];
    listen(engine, "beforeCursorExecute", ({ sql, params }) => {
      log.push(`${sql} ${String(params)}`);
    });
    const make = colour === "sync" ? Session : AsyncSession;
    await work(new (make as typeof AsyncSession)(engine));
    await engine.dispose();
    logs.push(log);
  }
  expect(logs[0]?.length).toBeGreaterThan(20);
  expect(logs[0]).toEqual(logs[1]);
});
