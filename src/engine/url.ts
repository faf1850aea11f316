import type { DialectName } from "../dialect/index.ts";
import { ArgumentError, NoSuchModuleError } from "../errors/index.ts";
import { nearestName } from "./nearest-name.ts";
import { addToQuery, parseQuery, parseUrl, type UrlParts, type UrlQuery } from "./parse-url.ts";

const dialectNames: ReadonlyMap<string, DialectName> = new Map([
  ["sqlite", "sqlite"],
  ["postgresql", "postgresql"],
  ["postgres", "postgresql"],
  ["mariadb", "mariadb"],
  ["mysql", "mysql"],
]);

/** Where a database is and how to reach it. Immutable; shown as text its password is `***`. */
export class Url implements UrlParts {
  readonly drivername: string;
  /** The dialect's name: `postgres://` is `postgresql`. */
  readonly dialect: DialectName;
  /** The driver named after the `+`; `null` when the choice is left to the library. */
  readonly driver: string | null;
  readonly username: string | null;
  // private, so that no dump of the object shows it
  readonly #password: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly database: string | null;
  readonly query: UrlQuery;

  constructor(parts: UrlParts) {
    this.drivername = parts.drivername;
    const [dialect = "", driver] = parts.drivername.split("+");
    this.dialect = dialectOf(dialect);
    this.driver = driver ?? null;
    this.username = parts.username;
    this.#password = parts.password;
    this.host = parts.host;
    this.port = parts.port;
    this.database = parts.database;
    this.query = freezeQuery(parts.query);
    Object.freeze(this);
  }

  /** The password itself; no text of the URL shows it unless asked to. */
  get password(): string | null {
    return this.#password;
  }

  /** A copy with other parts; `null` removes one. */
  set(parts: Partial<UrlParts>): Url {
    return new Url({ ...this.#parts(), ...withoutUndefined(parts) });
  }

  /** A copy whose query has these keys, too; with `append` they add to what a key has instead of replacing it. */
  updateQueryDict(query: UrlQuery, options?: { readonly append?: boolean }): Url {
    const pairs = Object.entries(query).flatMap(([key, value]) => listOf(value).map((one) => [key, one] as const));
    return this.updateQueryPairs(pairs, options);
  }

  /** As `updateQueryDict`, from pairs of key and value. */
  updateQueryPairs(pairs: Iterable<readonly [string, string]>, options?: { readonly append?: boolean }): Url {
    const added = emptyQuery();
    for (const [key, value] of pairs) addToQuery(added, key, value);
    const query = emptyQuery();
    for (const source of [this.query, added]) {
      for (const [key, value] of Object.entries(source)) {
        if (source === added && options?.append !== true) delete query[key];
        for (const one of listOf(value)) addToQuery(query, key, one);
      }
    }
    return this.set({ query });
  }

  /** As `updateQueryDict`, from text as it stands in a URL: `"a=1&b=2"`. */
  updateQueryString(text: string, options?: { readonly append?: boolean }): Url {
    return this.updateQueryDict(parseQuery(text), options);
  }

  /** A copy whose query lacks these keys. */
  differenceUpdateQuery(keys: Iterable<string>): Url {
    const dropped = new Set(keys);
    return this.set({ query: Object.fromEntries(Object.entries(this.query).filter(([key]) => !dropped.has(key))) });
  }

  /** The query with a list for every key. */
  get normalizedQuery(): Readonly<Record<string, readonly string[]>> {
    const lists: Record<string, readonly string[]> = Object.create(null);
    for (const [key, value] of Object.entries(this.query)) lists[key] = listOf(value);
    return lists;
  }

  /** True for a URL that says the same. */
  equals(other: Url): boolean {
    return this.renderAsString({ hidePassword: false }) === other.renderAsString({ hidePassword: false });
  }

  /** The URL as text, its password as `***` unless asked for. */
  renderAsString(options: { readonly hidePassword?: boolean } = {}): string {
    const database = this.database === null ? "" : `/${encodePath(this.database)}`;
    return `${this.drivername}://${this.#renderUser(options.hidePassword !== false)}${this.#renderHost()}${database}${this.#renderQuery()}`;
  }

  /** The URL with its password masked. */
  toString(): string {
    return this.renderAsString();
  }

  /** The URL with its password masked. */
  toJSON(): string {
    return this.renderAsString();
  }

  static {
    // console.log must not show the password either
    Object.defineProperty(Url.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value(this: Url): string {
        return this.renderAsString();
      },
    });
  }

  #parts(): UrlParts {
    const { drivername, username, password, host, port, database, query } = this;
    return { drivername, username, password, host, port, database, query };
  }

  #renderUser(hidePassword: boolean): string {
    if (this.username === null && this.#password === null) return "";
    const username = encodePart(this.username ?? "");
    if (this.#password === null) return `${username}@`;
    return `${username}:${hidePassword ? "***" : encodePart(this.#password)}@`;
  }

  #renderHost(): string {
    const port = this.port === null ? "" : `:${this.port}`;
    if (this.host === null) return port;
    return (this.host.includes(":") ? `[${this.host}]` : encodePart(this.host)) + port;
  }

  #renderQuery(): string {
    const pairs = Object.keys(this.query)
      .sort()
      .flatMap((key) => listOf(this.query[key] ?? []).map((value) => `${encodeQuery(key)}=${encodeQuery(value)}`));
    return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
  }
}

/**
 * Reads a database URL; a `Url` is given back as it is.
 *
 * @throws ArgumentError for text that is no URL, NoSuchModuleError for a dialect that does not exist.
 */
export function makeUrl(url: string | Url): Url {
  if (url instanceof Url) return url;
  if (typeof url !== "string") throw new ArgumentError(`A database URL is text or a Url, not ${typeof url}.`);
  return new Url(parseUrl(url));
}

function dialectOf(name: string): DialectName {
  const dialect = dialectNames.get(name.toLowerCase());
  if (dialect !== undefined) return dialect;
  const known = [...dialectNames.keys()];
  const meant = nearestName(name, known);
  throw new NoSuchModuleError(
    `There is no dialect ${JSON.stringify(name)}${meant === undefined ? "." : `; did you mean ${meant}?`} ` +
      `Known dialects: ${known.join(", ")}.`,
  );
}

function emptyQuery(): Record<string, string | string[]> {
  // keys come from outside: "__proto__" must be a key like any other
  return Object.create(null) as Record<string, string | string[]>;
}

function freezeQuery(query: UrlQuery): UrlQuery {
  const copy: Record<string, string | readonly string[]> = Object.create(null);
  for (const [key, value] of Object.entries(query)) {
    copy[key] = typeof value === "string" ? value : Object.freeze([...value]);
  }
  return Object.freeze(copy);
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === "string" ? [value] : value;
}

function withoutUndefined(parts: Partial<UrlParts>): Partial<UrlParts> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

function encodePath(path: string): string {
  return path.replace(/[%?#\s]/g, encodeURIComponent);
}

function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function encodeQuery(text: string): string {
  return encodePart(text).replaceAll("%20", "+");
}
