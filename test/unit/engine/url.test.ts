import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { makeUrl, Url } from "../../../src/engine/index.ts";
import { ArgumentError, NoSuchModuleError } from "../../../src/errors/index.ts";

const full = "postgresql+pg://scott:ti%40ger%2F@db.example.com:5433/my%20shop?application_name=x&host=a&host=b";

describe("a database URL", () => {
  test("is taken apart and decoded", () => {
    const url = makeUrl(full);
    expect(url).toMatchObject({
      drivername: "postgresql+pg",
      dialect: "postgresql",
      driver: "pg",
      username: "scott",
      password: "ti@ger/",
      host: "db.example.com",
      port: 5433,
      database: "my shop",
    });
    expect({ ...url.query }).toEqual({ application_name: "x", host: ["a", "b"] });
  });

  test.each([
    ["sqlite://", { host: null, database: null }],
    ["sqlite:///:memory:", { database: ":memory:" }],
    ["sqlite:///shop.db", { database: "shop.db" }],
    ["sqlite:////var/shop.db", { database: "/var/shop.db" }],
    ["sqlite:///C:\\data\\shop.db", { database: "C:\\data\\shop.db" }],
    ["sqlite:///a@b.db", { database: "a@b.db", username: null }],
    ["postgres://localhost/x", { dialect: "postgresql", driver: null, host: "localhost" }],
    ["mariadb://u@h", { dialect: "mariadb", username: "u", password: null, database: null }],
    ["mysql://u:@h/", { dialect: "mysql", password: "", database: "" }],
    ["postgresql://[2001:db8::1]:5432/x", { host: "2001:db8::1", port: 5432 }],
    ["postgresql://[::1]/x", { host: "::1", port: null }],
    ["postgresql:///x?host=/var/run", { host: null, database: "x" }],
    ["postgresql://h/x?note=a@b:c", { host: "h", username: null }],
    ["postgresql://u:p/w?d@h:5432/x", { username: "u", password: "p/w?d", host: "h", port: 5432, database: "x" }],
    ["postgresql://u:p@ss@h/x", { username: "u", password: "p@ss", host: "h" }],
    ["postgresql://u:100%@h/x", { password: "100%" }],
  ])("%s", (text, parts) => {
    expect(makeUrl(text)).toMatchObject(parts);
  });

  test.each([
    full,
    "sqlite://",
    "sqlite:///a b.db",
    "sqlite:///50%25.db",
    "postgresql://u:p%3Aw@[::1]:1/x?a=1+2&a=%2B",
    "mariadb+mariadb://u@h:3306/x",
  ])("%s comes back the same", (text) => {
    const again = makeUrl(makeUrl(text).renderAsString({ hidePassword: false }));
    expect(again.equals(makeUrl(text))).toBe(true);
    expect(again.password).toBe(makeUrl(text).password);
  });

  test("never shows its password by accident", () => {
    const url = makeUrl("postgresql://scott:tiger@h/x");
    const shown = [
      String(url),
      JSON.stringify({ url }),
      inspect(url),
      inspect({ url }),
      JSON.stringify({ ...url }),
    ].join();
    expect(shown).not.toContain("tiger");
    expect(String(url)).toBe("postgresql://scott:***@h/x");
    expect(url.renderAsString({ hidePassword: false })).toBe("postgresql://scott:tiger@h/x");
  });

  test("is immutable; changes make copies", () => {
    const url = makeUrl("postgresql://u:p@h:1/x?a=1");
    expect(() => Object.assign(url, { host: "other" })).toThrow(TypeError);
    expect(url.set({ host: "other", port: null }).renderAsString({ hidePassword: false })).toBe(
      "postgresql://u:p@other/x?a=1",
    );
    expect({ ...url.updateQueryDict({ a: "2", b: ["3", "4"] }).query }).toEqual({ a: "2", b: ["3", "4"] });
    expect({ ...url.updateQueryPairs([["a", "2"]], { append: true }).query }).toEqual({ a: ["1", "2"] });
    expect({ ...url.updateQueryString("b=x%20y").query }).toEqual({ a: "1", b: "x y" });
    expect({ ...url.differenceUpdateQuery(["a"]).query }).toEqual({});
    expect({ ...url.normalizedQuery }).toEqual({ a: ["1"] });
    expect({ ...url.query }).toEqual({ a: "1" });
    expect(makeUrl(url)).toBe(url);
  });

  test("takes __proto__ as a query key like any other", () => {
    expect(Object.keys(makeUrl("sqlite:///x?__proto__=1").query)).toEqual(["__proto__"]);
    expect(Object.prototype).not.toHaveProperty("1");
  });

  test.each(["", "shop.db", "postgresql:/x", "post gres://h", "postgresql://[::1/x", "postgresql://[::1]x/y", "://h"])(
    "%s is refused, with an example",
    (text) => {
      expect(() => makeUrl(text)).toThrow(ArgumentError);
      expect(() => makeUrl(text)).toThrow(/looks like dialect/);
    },
  );

  test("a wrong one is refused without showing the password", () => {
    for (const text of [
      "postgresql://u:s3cret@h:port/x",
      "postgresql://u:s3cret@h:99999/x",
      "postgresql//u:s3cret@h",
      "nope://u:s3cret@h",
    ]) {
      const error = catchError(() => makeUrl(text));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(String(error)).not.toContain("s3cret");
    }
  });

  test("an unknown dialect is refused with the known ones", () => {
    expect(() => makeUrl("postgressql://h/x")).toThrow(NoSuchModuleError);
    expect(() => makeUrl("postgressql://h/x")).toThrow(/did you mean postgresql.*sqlite, postgresql/s);
    expect(() => makeUrl(7 as unknown as string)).toThrow(ArgumentError);
  });

  test("is read in linear time", () => {
    const started = performance.now();
    for (const unit of ["@", ":", "/", "?", "%", "[", "a=&", "+"]) {
      catchError(() => makeUrl(`postgresql://${unit.repeat(200_000)}`));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("Url can be made from parts", () => {
    const none = { username: null, password: null, host: null, port: null, query: {} };
    expect(String(new Url({ ...none, drivername: "sqlite", database: "x.db" }))).toBe("sqlite:///x.db");
  });
});

function catchError(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    return error;
  }
  return undefined;
}
