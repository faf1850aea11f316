import { type AsyncSession, select, selectinload } from "athanor";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { awaitableAttrs, type SessionOptions } from "../../../src/orm/index.ts";
import type { StatementOption } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import { Author, Base, Book } from "../orm/library.ts";
import { useOrm } from "../orm/open-orm.ts";

const COUNT = 13;

describeTargets("a relationship loaded for one object after the other", (target) => {
  const warnings: string[] = [];
  const orm = useOrm(target, Base, {
    logger: (message, kind) => {
      if (kind === "warn") warnings.push(message);
    },
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });

  beforeEach(async () => {
    await orm.save(
      ...Array.from({ length: COUNT }, (_each, index) => new Author({ name: `n${index}`, books: [new Book({})] })),
    );
    warnings.length = 0;
  });

  /** Warnings of a session that loads all authors and does something with them. */
  async function told(
    options: SessionOptions,
    use: (authors: readonly Author[], session: AsyncSession) => unknown,
    ...loading: readonly StatementOption[]
  ): Promise<readonly string[]> {
    const session = orm.session(options);
    await use((await session.scalars(select(Author).options(...loading))).all(), session);
    await session.close();
    return warnings.splice(0);
  }

  async function loopOverBooks(all: readonly Author[]): Promise<void> {
    for (const author of all) {
      if (target.mode === "sync") expect(author.books.length).toBe(1);
      else expect((await awaitableAttrs(author).books).length).toBe(1);
    }
  }

  it("is told of once, with the place and the option to add", async () => {
    const [warning, ...more] = await told({ warnRepeatedLoads: true }, loopOverBooks);
    expect(more).toEqual([]);
    expect(warning).toContain("Author.books was loaded for one object after the other, more than 10 times");
    expect(warning).toContain(".options(selectinload(Author.c.books))");
    expect(warning).toMatch(/now by at (async )?loopOverBooks \(.*repeated-loads\.test\.ts:\d+:\d+\)\./u);
  });

  it("is not where few were read, it came with the query, or the identity map has it", async () => {
    const options = { warnRepeatedLoads: true };
    expect(await told(options, async (authors) => await loopOverBooks(authors.slice(0, 10)))).toEqual([]);
    expect(await told(options, loopOverBooks, selectinload(Author.c.books))).toEqual([]);
    const present = await told(options, async (_authors, session) => {
      for (const book of (await session.scalars(select(Book))).all())
        expect(await awaitableAttrs(book).author).toBeInstanceOf(Author);
    });
    expect(present).toEqual([]);
  });

  it.runIf(target.mode === "async")("is not where several are awaited together", async () => {
    const together = await told(
      { warnRepeatedLoads: true },
      async (authors) => await Promise.all(authors.map((author) => awaitableAttrs(author).books)),
    );
    expect(together).toEqual([]);
  });

  it("is told of by default in development only", async () => {
    expect(await told({}, loopOverBooks)).toEqual([]);
    vi.stubEnv("NODE_ENV", "development");
    expect((await told({}, loopOverBooks)).length).toBe(1);
    expect(await told({ warnRepeatedLoads: false }, loopOverBooks)).toEqual([]);
  });
});
