import fc from "fast-check";
import { expect, test } from "vitest";
import { createEngine } from "../../src/facade/engine.ts";
import { Session } from "../../src/facade/session.ts";
import { declarativeBase } from "../../src/orm/index.ts";
import { integer, string } from "../../src/schema/index.ts";
import { select } from "../../src/sql/index.ts";

// Whatever the attributes of a class are called, its objects come back as they were saved.

const keys = fc.uniqueArray(
  fc.oneof(
    fc.constantFrom(
      "constructor",
      "toString",
      "valueOf",
      "name",
      "length",
      '"] + x + ["',
      "a'b",
      "größe",
      "`",
      "$&",
      "x.y",
    ),
    fc.string({ minLength: 1, maxLength: 8 }).filter((key) => !key.includes("\0") && key.trim() !== ""),
  ),
  { minLength: 1, maxLength: 6, selector: (key) => key.toLowerCase() },
);

test("objects with attributes of any name are saved, loaded, changed and compared", () => {
  fc.assert(
    fc.property(keys, fc.boolean(), (names, jit) => {
      const own = names.filter((name) => !["id", "tojson", "__proto__"].includes(name.toLowerCase()));
      const fields = Object.fromEntries(own.map((name, index) => [name, string(50).nullable().named(`c${index}`)]));
      const Base = declarativeBase();
      class Thing extends Base.mapped("thing", { id: integer().primaryKey(), ...fields }) {}
      const engine = createEngine("sqlite+better-sqlite3:///:memory:", { jit });
      try {
        Base.metadata.createAll(engine);
        const session = new Session(engine);
        const values = Object.fromEntries(own.map((name, index) => [name, index === 0 ? null : `v${index}`]));
        session.add(new Thing(values));
        session.commit();
        session.expungeAll();
        const thing = session.scalars(select(Thing)).one();
        expect({ ...thing }).toEqual({ id: thing.id, ...values });
        expect(thing).toBeInstanceOf(Thing);
        expect(session.dirty.size).toBe(0);
        for (const name of own) Object.assign(thing, { [name]: `changed ${name}` });
        session.commit();
        session.expungeAll();
        const again = session.scalars(select(Thing)).one();
        for (const name of own) expect((again as unknown as Record<string, unknown>)[name]).toBe(`changed ${name}`);
        session.close();
      } finally {
        engine.dispose();
      }
    }),
    { numRuns: 60 },
  );
});
