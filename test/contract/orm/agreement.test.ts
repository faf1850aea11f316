import { describe, expect, it } from "vitest";
import { inspect } from "../../../src/facade/inspect.ts";
import { selectinload } from "../../../src/orm/index.ts";
import { select } from "../../../src/sql/index.ts";
import { Base, Card, Item, Node, Owner, Part, Tag } from "../../model/classes.ts";
import { describeTargets } from "../../targets/index.ts";
import { useOrm } from "./open-orm.ts";
import { coloursDiffer } from "../../colours/colours-differ.ts";

// each of these was found by the random programs of test/model

describeTargets("objects agree with the database", (target) => {
  const orm = useOrm(target, Base);

  describe("after a rollback", () => {
    it("a new part that went with its deleted owner stays outside of the session", async () => {
      const session = orm.session();
      const owner = new Owner({ code: "k" });
      session.add(owner);
      await session.flush();
      const part = new Part({ name: "p", owner });
      session.add(part);
      await session.delete(owner);
      await session.flush();
      await session.rollback();
      expect([...session]).toEqual([]);
      expect(inspect(part).status).toBe("transient");
    });

    it("a new part that went with its deleted owner belongs to it again when it is added again", async () => {
      await orm.save(new Owner({ code: "k" }));
      const session = orm.session();
      const owner = await session.getOne(Owner, "k", { options: [selectinload(Owner.c.parts)] });
      const part = new Part({ name: "p", owner });
      session.add(part);
      await session.delete(owner);
      await session.flush();
      await session.rollback();
      session.add(part);
      expect(owner.parts).toEqual([part]);
      // so it goes with its owner again
      await session.delete(owner);
      await session.commit();
      expect([...session]).toEqual([]);
      expect(await orm.rows(select(Part.c.id))).toEqual([]);
    });

    it("a new object has the JSON, Date and bytes it was written with, whatever was changed in place since", async () => {
      const session = orm.session();
      const item = new Item({ title: "i", data: { a: [1] }, at: new Date(1000), blob: Uint8Array.of(1, 2) });
      session.add(item);
      await session.flush();
      (item.data as { a: number[] }).a.push(2);
      item.at?.setTime(5000);
      if (item.blob) item.blob[0] = 9;
      await session.rollback();
      expect({ ...item }).toEqual({ title: "i", data: { a: [1] }, at: new Date(1000), blob: Uint8Array.of(1, 2) });
    });

    it("what a new object refers to shows it again when it is added again", async () => {
      const session = orm.session();
      const owner = new Owner({ code: "k" });
      session.add(owner);
      await session.commit();
      const item = new Item({ title: "i", owner });
      session.add(item);
      await session.rollback();
      expect(inspect(owner).attrs["items"]?.loadedValue ?? []).toEqual([]);
      session.add(item);
      await session.flush();
      expect(await session.loadAttribute(owner, "items")).toEqual([item]);
    });
  });

  describe("keys that change", () => {
    it("reach loaded objects whose owner's collection is not loaded", async () => {
      await orm.save(new Owner({ code: "a", parts: [new Part({ name: "p" })] }));
      const session = orm.session();
      const part = (await session.scalars(select(Part))).one();
      const owner = await session.getOne(Owner, "a");
      owner.code = "b";
      await session.flush();
      expect(part.ownerCode).toBe("b");
      expect(session.dirty.size).toBe(0);
      await session.rollback();
      expect(part.ownerCode).toBe("a");
    });

    it("leave to find the members that the database has until they are flushed", async () => {
      await orm.save(new Owner({ code: "a", items: [new Item({ title: "i" })] }));
      const session = orm.session({ autoflush: false });
      const owner = await session.getOne(Owner, "a");
      owner.code = "b";
      const items = (await session.loadAttribute(owner, "items")) as Item[];
      expect(items.map((item) => item.title)).toEqual(["i"]);
    });
  });

  describe("what is not loaded", () => {
    it("counts as unknown where the key column was expired", async () => {
      coloursDiffer("a sync session reads the expired key when it is looked at");
      await orm.save(new Owner({ code: "a", parts: [new Part({ name: "p" })], items: [new Item({ title: "i" })] }));
      const session = orm.session({ autoflush: false });
      const owner = await session.getOne(Owner, "a");
      const item = (await session.scalars(select(Item))).one();
      const part = (await session.scalars(select(Part))).one();
      session.expire(item);
      session.expire(part);
      expect(await session.loadAttribute(item, "owner")).toBe(owner);
      if (target.mode === "sync") {
        session.expire(item);
        expect(item.owner).toBe(owner);
      }
      part.owner = null as never; // an orphan, though its owner was not known
      await session.commit();
      expect(await orm.rows(select(Part.c.id))).toEqual([]);
    });

    it("leaves the collection that has it, also where its key column was expired", async () => {
      await orm.save(new Owner({ code: "a", items: [new Item({ title: "i" })] }));
      const session = orm.session({ autoflush: false });
      const owner = await session.getOne(Owner, "a");
      const [item] = (await session.loadAttribute(owner, "items")) as [Item];
      session.expire(item);
      item.owner = null;
      await session.flush();
      expect(owner.items).toEqual([]);
      await session.rollback();
      expect(await session.loadAttribute(owner, "items")).toEqual([item]);
    });

    it("is read after a commit before its owner is deleted, also where owner and members were made together", async () => {
      const session = orm.session();
      const owner = new Owner({ code: "a", items: [new Item({ title: "i" })] });
      session.add(owner);
      await session.commit();
      await session.delete(owner);
      await session.commit();
      expect(await orm.rows(select(Item.c.title, Item.c.ownerCode))).toEqual([["i", null]]);
    });

    it("is read before another is put in its place", async () => {
      const session = orm.session({ autoflush: false });
      const owner = new Owner({ code: "a", card: new Card({ text: "old" }) });
      session.add(owner);
      await session.flush();
      session.expire(owner);
      session.add(new Card({ text: "new", owner }));
      await session.commit();
      expect(await orm.rows(select(Card.c.text, Card.c.ownerCode).orderBy(Card.c.id))).toEqual([
        ["old", null],
        ["new", "a"],
      ]);
    });
  });

  describe("deletions", () => {
    it("take along what new objects that go with them have", async () => {
      await orm.save(new Node({ name: "root" }));
      const session = orm.session({ autoflush: false });
      const root = (await session.scalars(select(Node))).one();
      const child = new Node({ name: "child", parent: root });
      const grandchild = new Node({ name: "grandchild", parent: child });
      session.addAll([child, grandchild]);
      await session.delete(root);
      await session.commit();
      expect(await orm.rows(select(Node.c.name))).toEqual([]);
      expect([child, grandchild].map((node) => inspect(node).status)).toEqual(["transient", "transient"]);
    });

    it("leave the collections of a many-to-many relationship of which only the other side is loaded", async () => {
      const tag = new Tag({ name: "t" });
      await orm.save(new Item({ title: "i", tags: [tag] }));
      const session = orm.session();
      const item = (await session.scalars(select(Item))).one();
      const [loaded] = (await session.loadAttribute(item, "tags")) as Tag[];
      await session.delete(loaded as Tag);
      await session.flush();
      expect(item.tags).toEqual([]);
      expect(session.dirty.size).toBe(0);
    });

    it("leave the collection of an owner that their expired key column does not tell", async () => {
      await orm.save(new Owner({ code: "a", items: [new Item({ title: "i" })] }));
      const session = orm.session({ autoflush: false });
      const owner = await session.getOne(Owner, "a");
      const [item] = (await session.loadAttribute(owner, "items")) as [Item];
      session.expire(item);
      await session.delete(item);
      await session.flush();
      expect(owner.items).toEqual([]);
    });

    it("leave collections they were put into since the last flush", async () => {
      await orm.save(new Item({ title: "i" }), new Tag({ name: "t" }));
      const session = orm.session({ autoflush: false });
      const item = (await session.scalars(select(Item))).one();
      const tag = (await session.scalars(select(Tag))).one();
      await session.loadAttribute(item, "tags");
      item.tags.push(tag);
      await session.delete(tag);
      await session.commit();
      expect(item.tags).toEqual([]);
    });
  });
});
