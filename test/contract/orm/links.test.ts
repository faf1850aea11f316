import { expect, test } from "vitest";
import { ArgumentError, CircularDependencyError, FlushError, InvalidRequestError } from "../../../src/errors/index.ts";
import { selectinload } from "../../../src/orm/index.ts";
import { select, text } from "../../../src/sql/index.ts";
import { describeTargets } from "../../targets/index.ts";
import {
  Author,
  Base,
  Book,
  Box,
  Club,
  Letter,
  Membership,
  Node,
  Player,
  Profile,
  Tag,
  Team,
  Thing,
} from "./library.ts";
import { useOrm } from "./open-orm.ts";

describeTargets("linking objects", (target) => {
  const orm = useOrm(target, Base);

  const titlesOf = (name: string): Promise<readonly unknown[]> =>
    orm.rows(select(Book.c.title).join(Book.c.author).where(Author.c.name.eq(name)).orderBy(Book.c.title));
  const lettersLeft = (): Promise<readonly unknown[]> => orm.rows(select(Letter.c.text).orderBy(Letter.c.text));
  const loadAuthor = async (session = orm.session()): Promise<Author> => {
    const query = select(Author).options(selectinload(Author.c.books), selectinload(Author.c.letters));
    return (await session.scalars(query.orderBy(Author.c.id).limit(1))).one();
  };

  test("the constructor takes related objects, and all are inserted in the order of their references", async () => {
    const session = orm.session();
    const author = new Author({ name: "Ursula", books: [new Book({ title: "one" }), new Book({ title: "two" })] });
    session.add(author);
    await session.flush();
    const sql = orm.log();
    expect(sql).toHaveLength(2);
    expect(sql[0]).toContain("author");
    expect(sql[1]).toContain("book");
    expect(author.books.map((book) => book.authorId)).toEqual([author.id, author.id]);
    await session.commit();
    expect(await titlesOf("Ursula")).toEqual(["one", "two"]);
  });

  test("a parent set in the constructor of the child links both sides at once", async () => {
    const session = orm.session();
    const author = new Author({ name: "Ursula" });
    const book = new Book({ title: "one", author });
    expect(author.books).toEqual([book]);
    session.add(author);
    expect(session.has(book)).toBe(true);
    await session.commit();
    expect(await titlesOf("Ursula")).toEqual(["one"]);
  });

  test("push, unshift, splice, pop, shift and assignment of an array are written", async () => {
    await orm.save(new Author({ name: "Ursula", books: [new Book({ title: "a" }), new Book({ title: "b" })] }));
    const session = orm.session();
    const author = await loadAuthor(session);
    author.books.push(new Book({ title: "c" }));
    author.books.unshift(new Book({ title: "d" }));
    await session.flush();
    expect(author.books.map((book) => book.title)).toEqual(["d", "a", "b", "c"]);
    const gone = [author.books.pop(), author.books.shift(), ...author.books.splice(0, 1)];
    expect(gone.map((book) => book?.author)).toEqual([null, null, null]);
    await session.flush();
    expect(gone.map((book) => book?.authorId)).toEqual([null, null, null]);
    author.books = [new Book({ title: "e" })];
    await session.commit();
    expect(await titlesOf("Ursula")).toEqual(["e"]);
  });

  test("a collection written by index, by length or by fill is noticed at the flush, with its other side", async () => {
    await orm.save(new Author({ name: "Ursula", books: [new Book({ title: "a" }), new Book({ title: "b" })] }));
    const session = orm.session();
    const author = await loadAuthor(session);
    const [old] = author.books as [Book];
    const fresh = new Book({ title: "c" });
    author.books[0] = fresh;
    await session.flush();
    expect([old.authorId, old.author, fresh.authorId, fresh.author]).toEqual([null, null, author.id, author]);
    author.books.length = 0;
    await session.commit();
    expect(fresh.author).toBeNull();
    expect(await titlesOf("Ursula")).toEqual([]);
    orm.log();
    await session.commit();
    expect(orm.log()).toEqual([]);
  });

  test("setting the parent moves a child between loaded collections at once", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })] }), new Author({ name: "B" }));
    const session = orm.session();
    const [left, right] = (
      await session.scalars(select(Author).orderBy(Author.c.id).options(selectinload(Author.c.books)))
    ).all() as [Author, Author];
    const [book] = left.books as [Book];
    book.author = right;
    expect([left.books.length, right.books.length]).toEqual([0, 1]);
    orm.log();
    await session.commit();
    expect(orm.log()).toHaveLength(1);
    expect(await titlesOf("B")).toEqual(["x"]);
    const again = orm.session();
    const [one, two] = (
      await again.scalars(select(Author).orderBy(Author.c.id).options(selectinload(Author.c.books)))
    ).all() as [Author, Author];
    one.books.push(...two.books);
    expect(two.books).toHaveLength(0);
    await again.commit();
    expect(await titlesOf("A")).toEqual(["x"]);
  });

  test("pushing a child whose parent is not loaded takes it out of the old parent's collection", async () => {
    await orm.save(new Author({ name: "A", letters: [new Letter({ text: "x" })] }), new Author({ name: "B" }));
    const session = orm.session();
    const letter = (await session.scalars(select(Letter))).one();
    const [left, right] = (await session.scalars(select(Author).orderBy(Author.c.id))).all() as [Author, Author];
    await session.refresh(right, ["letters"]);
    right.letters.push(letter);
    await session.commit();
    expect(await lettersLeft()).toEqual(["x"]);
    await session.refresh(left, ["letters"]);
    expect([left.letters.length, right.letters.length, letter.authorId]).toEqual([0, 1, right.id]);
  });

  test("a foreign key written by hand is followed by the relationships in memory", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })] }), new Author({ name: "B" }));
    const session = orm.session();
    const [left, right] = (
      await session.scalars(select(Author).orderBy(Author.c.id).options(selectinload(Author.c.books)))
    ).all() as [Author, Author];
    const [book] = left.books as [Book];
    expect(book.author).toBe(left);
    book.authorId = right.id;
    await session.flush();
    expect(book.author).toBe(right);
    expect([left.books.length, right.books.length]).toEqual([0, 1]);
    book.authorId = null;
    await session.flush();
    expect(book.author).toBeNull();
    expect(right.books).toHaveLength(0);
    session.add(new Book({ title: "y", authorId: left.id }));
    await session.flush();
    expect(left.books.map((each) => each.title)).toEqual(["y"]);
    orm.log();
    await session.flush();
    expect(orm.log()).toEqual([]);
  });

  test("the collection of an object inserted here is not taken for empty after a key was written by hand", async () => {
    const session = orm.session();
    const author = new Author({ name: "A" });
    session.add(author);
    await session.flush();
    session.add(new Book({ title: "x", authorId: author.id }));
    await session.flush();
    const books = (await session.loadAttribute(author, "books")) as Book[];
    expect(books.map((book) => book.title)).toEqual(["x"]);
  });

  test("an object inserted here has empty collections, without SQL", async () => {
    const session = orm.session();
    const author = new Author({ name: "A" });
    session.add(author);
    await session.commit();
    orm.log();
    expect(author.books).toEqual([]);
    expect(author.profile).toBeNull();
    expect(orm.log()).toEqual([]);
  });

  test("removing a child clears its key; with delete-orphan it is deleted, with what depends on it", async () => {
    await orm.save(
      new Author({
        name: "A",
        books: [new Book({ title: "x" })],
        letters: [new Letter({ text: "p" }), new Letter({ text: "q" })],
      }),
    );
    const session = orm.session();
    const author = await loadAuthor(session);
    author.books.pop();
    author.letters.shift();
    await session.commit();
    expect(await lettersLeft()).toEqual(["q"]);
    expect(await orm.rows(select(Book.c.authorId))).toEqual([null]);
    const [letter] = author.letters as [Letter];
    letter.author = null;
    await session.commit();
    expect(await lettersLeft()).toEqual([]);
  });

  test("a child without its parent loaded becomes an orphan when its parent is set to null", async () => {
    await orm.save(new Author({ name: "A", letters: [new Letter({ text: "p" })] }), new Letter({ text: "free" }));
    const session = orm.session();
    const [letter, free] = (await session.scalars(select(Letter).orderBy(Letter.c.id))).all() as [Letter, Letter];
    const [owned, loose] = letter.text === "p" ? [letter, free] : [free, letter];
    owned.author = null;
    loose.author = null;
    await session.commit();
    expect(await lettersLeft()).toEqual(["free"]);
  });

  test("a new child taken out of its only parent before the flush is not inserted", async () => {
    const session = orm.session();
    const author = new Author({ name: "A" });
    session.add(author);
    const letter = new Letter({ text: "p", author });
    session.add(letter);
    author.letters.pop();
    expect(session.has(letter)).toBe(false);
    await session.commit();
    expect(await lettersLeft()).toEqual([]);
  });

  test("a child moved between owners is kept, whichever side was written, and without a way back", async () => {
    const left = new Box({ name: "left", things: [new Thing({ name: "t" })] });
    await orm.save(left, new Box({ name: "right" }));
    const session = orm.session();
    const boxes = (await session.scalars(select(Box).orderBy(Box.c.id).options(selectinload(Box.c.things)))).all() as [
      Box,
      Box,
    ];
    boxes[1].things.push(boxes[0].things.shift() as Thing);
    await session.commit();
    boxes[0].things.push(boxes[1].things.shift() as Thing);
    await session.commit();
    expect(await orm.rows(select(Thing.c.name, Thing.c.boxId))).toEqual([["t", boxes[0].id]]);
    boxes[0].things.length = 0;
    await session.commit();
    expect(await orm.rows(select(Thing.c.name))).toEqual([]);
  });

  test("replacing a collection that is not loaded removes what it held", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })], letters: [new Letter({ text: "p" })] }));
    const session = orm.session();
    const author = (await session.scalars(select(Author))).one();
    author.books = [new Book({ title: "y" })];
    author.letters = [];
    await session.commit();
    expect(await titlesOf("A")).toEqual(["y"]);
    expect(await lettersLeft()).toEqual([]);
  });

  test("replacing a one-to-one that is not loaded lets go of the old one", async () => {
    await orm.save(new Author({ name: "A", profile: new Profile({ motto: "old" }) }));
    const session = orm.session();
    const author = (await session.scalars(select(Author))).one();
    author.profile = new Profile({ motto: "new" });
    await session.commit();
    expect(await orm.rows(select(Profile.c.motto, Profile.c.authorId).orderBy(Profile.c.id))).toEqual([
      ["old", null],
      ["new", author.id],
    ]);
    const other = orm.session();
    const loaded = (await other.scalars(select(Author))).one();
    loaded.profile = null;
    await other.commit();
    expect(await orm.rows(select(Profile.c.authorId))).toEqual([null, null]);
  });

  test("deleting a parent deletes its parts, clears the keys of others and reads each relationship once", async () => {
    await orm.save(
      ...["A", "B", "C"].map(
        (name) => new Author({ name, books: [new Book({ title: name })], letters: [new Letter({ text: name })] }),
      ),
    );
    const session = orm.session();
    const authors = (await session.scalars(select(Author).orderBy(Author.c.id))).all();
    for (const author of authors) await session.delete(author);
    orm.log();
    await session.flush();
    // books, letters and profiles read; books updated; letters, authors deleted
    const sql = orm.log();
    expect(sql.filter((statement) => statement.startsWith("SELECT"))).toHaveLength(3);
    expect(sql.filter((statement) => statement.startsWith("DELETE"))).toHaveLength(2);
    await session.commit();
    expect(await lettersLeft()).toEqual([]);
    expect(await orm.rows(select(Book.c.authorId))).toEqual([null, null, null]);
  });

  test("a child moved away from a parent that is deleted survives", async () => {
    await orm.save(new Author({ name: "A", letters: [new Letter({ text: "x" })] }), new Author({ name: "B" }));
    const session = orm.session();
    const [left, right] = (
      await session.scalars(select(Author).orderBy(Author.c.id).options(selectinload(Author.c.letters)))
    ).all() as [Author, Author];
    right.letters.push(...left.letters);
    await session.delete(left);
    await session.commit();
    expect(await lettersLeft()).toEqual(["x"]);
    expect(await orm.rows(select(Letter.c.authorId))).toEqual([right.id]);
  });

  test("deleted objects leave the collections that are loaded, and a rollback brings them back", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" }), new Book({ title: "y" })] }));
    const session = orm.session();
    const author = await loadAuthor(session);
    const [first] = author.books as [Book];
    await session.delete(first);
    await session.flush();
    expect(author.books.map((book) => book.title)).toEqual(["y"]);
    await session.rollback();
    expect(author.books.map((book) => book.title)).toEqual(["x", "y"]);
    expect(session.has(first)).toBe(true);
  });

  test("a many-to-many written from both sides makes one row, and one statement for all rows", async () => {
    const session = orm.session();
    const tags = ["a", "b", "c"].map((name) => new Tag({ name }));
    const books = ["x", "y"].map((title) => new Book({ title, tags }));
    tags[0]?.books.push(...books);
    session.addAll(books);
    await session.commit();
    const sql = orm.log().filter((statement) => statement.includes("book_tag"));
    expect(sql).toHaveLength(1);
    expect(await orm.rows(text("SELECT count(*) FROM book_tag"))).toEqual([6]);
    const [book, other] = books as [Book, Book];
    book.tags.shift();
    other.tags = [];
    await session.commit();
    expect(await orm.rows(text("SELECT count(*) FROM book_tag"))).toEqual([2]);
    expect(tags[0]?.books).toEqual([]);
    await session.delete(book);
    await session.commit();
    expect(await orm.rows(text("SELECT count(*) FROM book_tag"))).toEqual([0]);
  });

  test("a many-to-many replaced without having been loaded is written exactly", async () => {
    await orm.save(new Book({ title: "x", tags: [new Tag({ name: "a" }), new Tag({ name: "b" })] }));
    const session = orm.session();
    const book = (await session.scalars(select(Book))).one();
    const kept = (await session.scalars(select(Tag).where(Tag.c.name.eq("b")))).one();
    book.tags = [kept, new Tag({ name: "c" })];
    await session.commit();
    const rows = await orm.rows(select(Tag.c.name).join(Tag.c.books).where(Book.c.id.eq(book.id)).orderBy(Tag.c.name));
    expect(rows).toEqual(["b", "c"]);
  });

  test("a tree is inserted level by level and deleted children first, in one flush each", async () => {
    const session = orm.session();
    const leaf = (name: string): Node => new Node({ name });
    const root = new Node({
      name: "root",
      children: [
        new Node({ name: "left", children: [leaf("l1"), leaf("l2")] }),
        new Node({ name: "right", children: [leaf("r1")] }),
      ],
    });
    session.add(root);
    await session.flush();
    expect(orm.log()).toHaveLength(3);
    expect(root.children.flatMap((child) => child.children.map((each) => each.parentId))).toEqual([
      root.children[0]?.id,
      root.children[0]?.id,
      root.children[1]?.id,
    ]);
    await session.commit();
    await session.close();
    const other = orm.session();
    await other.delete(await other.getOne(Node, root.id));
    orm.log();
    await other.flush();
    expect(orm.log().filter((sql) => sql.startsWith("DELETE"))).toHaveLength(3);
    await other.commit();
    expect(await orm.rows(select(Node))).toEqual([]);
  });

  test("a node that is its own parent has its key", async () => {
    const session = orm.session();
    const node = new Node({ name: "self" });
    node.parent = node;
    session.add(node);
    await session.commit();
    expect(await orm.rows(select(Node.c.id, Node.c.parentId))).toEqual([[node.id, node.id]]);
    await session.delete(node);
    await session.commit();
    expect(await orm.rows(select(Node))).toEqual([]);
  });

  test("classes that refer to each other are written in the order their objects need", async () => {
    const session = orm.session();
    const captain = new Player({ name: "c" });
    const team = new Team({ name: "t", captain });
    session.add(team);
    await session.flush();
    captain.team = team;
    team.players.push(new Player({ name: "p" }));
    await session.commit();
    expect(await orm.rows(select(Player.c.name, Player.c.teamId).orderBy(Player.c.id))).toEqual([
      ["c", team.id],
      ["p", team.id],
    ]);
  });

  test("new objects that refer to each other in a circle are refused by name", async () => {
    const session = orm.session();
    const captain = new Player({ name: "c" });
    const team = new Team({ name: "t", captain, players: [captain] });
    session.add(team);
    const error = await Promise.resolve()
      .then(() => session.flush())
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CircularDependencyError);
    expect((error as Error).message).toMatch(/Team/u);
    expect((error as Error).message).toMatch(/Player/u);
    await session.rollback();
    expect(orm.log().filter((sql) => sql.startsWith("INSERT"))).toEqual([]);
  });

  test("a row between two others can be replaced by one with the same key", async () => {
    const author = new Author({ name: "A" });
    const club = new Club({ name: "C" });
    club.memberships = [new Membership({ author, since: 1990 })];
    await orm.save(author, club);
    const session = orm.session();
    const loaded = (await session.scalars(select(Club).options(selectinload(Club.c.memberships)))).one();
    const member = await session.getOne(Author, author.id);
    loaded.memberships = [new Membership({ author: member, since: 2020 })];
    await session.commit();
    expect(await orm.rows(select(Membership.c.authorId, Membership.c.since))).toEqual([[author.id, 2020]]);
    loaded.memberships = [];
    await session.commit();
    expect(await orm.rows(select(Membership.c.since))).toEqual([]);
  });

  test("a key that would be blanked out is refused by name", async () => {
    const author = new Author({ name: "A" });
    await orm.save(author, new Club({ name: "C", memberships: [new Membership({ author, since: 1990 })] }));
    const session = orm.session();
    const membership = (await session.scalars(select(Membership))).one();
    membership.author = null as never;
    await expect(Promise.resolve().then(() => session.flush())).rejects.toThrow(FlushError);
    await session.rollback();
  });

  test("a reference to an object of another session is refused", async () => {
    await orm.save(new Author({ name: "A" }), new Book({ title: "x" }));
    const one = orm.session();
    const two = orm.session();
    const author = (await one.scalars(select(Author))).one();
    await one.commit();
    const foreign = (await two.scalars(select(Book))).one();
    await two.commit();
    foreign.author = author;
    const write = async (): Promise<void> => {
      await one.flush();
    };
    await expect(write()).rejects.toThrow(/another session/u);
  });

  test("an object of another class is refused by both names, before anything changes", () => {
    const author = new Author({ name: "A" });
    expect(() => author.books.push(new Letter({ text: "p" }) as never)).toThrow(ArgumentError);
    expect(() => author.books.push(new Letter({ text: "p" }) as never)).toThrow(/Author\.books.*Book.*Letter/u);
    expect(author.books).toEqual([]);
    expect(() => new Book({ title: "x", author: new Tag({ name: "t" }) as never })).toThrow(
      /Book\.author.*Author.*Tag/u,
    );
    expect(() => {
      author.books = null as never;
    }).toThrow(/collection/u);
  });

  test("a deleted object put into a relationship is refused", async () => {
    await orm.save(new Author({ name: "A" }), new Book({ title: "x" }));
    const session = orm.session();
    const author = await loadAuthor(session);
    const book = (await session.scalars(select(Book))).one();
    await session.delete(book);
    await session.flush();
    author.books.push(book);
    await expect(Promise.resolve().then(() => session.flush())).rejects.toThrow(InvalidRequestError);
    await session.rollback();
    await session.delete(book);
    await session.commit();
    expect(() => session.add(book)).toThrow(/was deleted/u);
  });

  test("an expunged child of a loaded collection stays outside", async () => {
    await orm.save(new Author({ name: "A", books: [new Book({ title: "x" })] }));
    const session = orm.session();
    const author = await loadAuthor(session);
    const [book] = author.books as [Book];
    session.expunge(book);
    book.title = "changed outside";
    author.name = "B";
    await session.commit();
    expect(session.has(book)).toBe(false);
    expect(await titlesOf("B")).toEqual(["x"]);
  });
});
