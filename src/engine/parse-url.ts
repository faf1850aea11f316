import { ArgumentError } from "../errors/index.ts";

/** A URL's query; a key that came more than once has a list. */
export type UrlQuery = Readonly<Record<string, string | readonly string[]>>;

/** The parts a URL is made of, decoded; `null` for what is not there. */
export interface UrlParts {
  /** `dialect` or `dialect+driver`. */
  readonly drivername: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly database: string | null;
  readonly query: UrlQuery;
}

const SCHEME = /^[a-z][a-z0-9_]*(?:\+[a-z][a-z0-9_-]*)?$/i;

/**
 * Takes the text of a database URL apart.
 *
 * @throws ArgumentError for text that is not one; the message never shows what may be a password.
 */
export function parseUrl(text: string): UrlParts {
  const schemeEnd = text.indexOf("://");
  const drivername = text.slice(0, Math.max(schemeEnd, 0));
  if (!SCHEME.test(drivername)) throw notAUrl("it does not start with a dialect and `://`");
  const { authority, path, query } = splitRest(text.slice(schemeEnd + 3));
  const userEnd = authority.lastIndexOf("@");
  const user = userEnd < 0 ? null : splitAt(authority.slice(0, userEnd), ":");
  return {
    drivername,
    username: user === null ? null : decode(user[0]),
    password: user?.[1] === undefined ? null : decode(user[1]),
    ...parseHost(authority.slice(userEnd + 1)),
    database: path === undefined ? null : decode(path),
    query: query === undefined ? {} : parseQuery(query),
  };
}

interface Rest {
  readonly authority: string;
  readonly path: string | undefined;
  readonly query: string | undefined;
}

function splitRest(rest: string): Rest {
  const end = authorityEnd(rest);
  const authority = rest.slice(0, end);
  const [path, query] = splitAt(rest.slice(end), "?");
  return { authority, path: path.startsWith("/") ? path.slice(1) : undefined, query };
}

/** Up to the first `/` or `?`; further when that would cut a password that holds one. */
function authorityEnd(rest: string): number {
  const end = firstOf(rest, 0);
  const authority = rest.slice(0, end);
  if (authority.includes("@")) return end;
  const [, port] = authority.startsWith("[") ? [] : splitAt(authority, ":");
  const at = rest.indexOf("@", end);
  if (port === undefined || isPort(port) || at < 0) return end;
  return firstOf(rest, at);
}

function firstOf(rest: string, from: number): number {
  for (let index = from; index < rest.length; index++) if (rest[index] === "/" || rest[index] === "?") return index;
  return rest.length;
}

function parseHost(text: string): { host: string | null; port: number | null } {
  if (!text.startsWith("[")) {
    const [host, port] = splitAt(text, ":");
    return { host: host === "" ? null : decode(host), port: parsePort(port) };
  }
  const end = text.indexOf("]");
  if (end < 0) throw notAUrl("the `[` of an IPv6 host has no `]`");
  const after = text.slice(end + 1);
  if (after !== "" && !after.startsWith(":")) throw notAUrl("something else than `:port` follows the host's `]`");
  return { host: text.slice(1, end), port: parsePort(after === "" ? undefined : after.slice(1)) };
}

function parsePort(text: string | undefined): number | null {
  if (text === undefined || text === "") return null;
  if (!isPort(text)) {
    throw notAUrl(
      "the port is not a number from 0 to 65535 (a `/`, `?`, `@` or `:` in a user name or password must be written " +
        "as %2F, %3F, %40 or %3A: encodeURIComponent does it)",
    );
  }
  return Number(text);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535;
}

/** Reads `a=1&b=2`; a key that comes again becomes a list. */
export function parseQuery(text: string): UrlQuery {
  const query: Record<string, string | string[]> = Object.create(null);
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [key, value] = splitAt(pair, "=");
    addToQuery(query, decode(key.replaceAll("+", " ")), decode((value ?? "").replaceAll("+", " ")));
  }
  return query;
}

/** Adds a value to what a key of a query already has. */
export function addToQuery(query: Record<string, string | string[]>, key: string, value: string): void {
  const known = query[key];
  if (known === undefined) query[key] = value;
  else if (typeof known === "string") query[key] = [known, value];
  else known.push(value);
}

function splitAt(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a `%` that encodes nothing stands for itself
  }
}

function notAUrl(why: string): ArgumentError {
  return new ArgumentError(
    `This is not a database URL: ${why}. A URL looks like dialect[+driver]://user:password@host:port/database?key=value, ` +
      "for example postgresql://scott:tiger@localhost:5432/shop, sqlite:///shop.db or sqlite:///:memory:.",
  );
}
