import { ArgumentError } from "../../errors/index.ts";

/** Tells databases apart in which keys repeat: the same key may be one object for each token in a session. */
export type IdentityToken = string | number | bigint;

/** @throws ArgumentError for what cannot tell databases apart. */
export function checkIdentityToken(token: unknown): IdentityToken | null {
  if (token === undefined || token === null) return null;
  if (typeof token === "string" || typeof token === "bigint" || Number.isFinite(token)) return token as IdentityToken;
  throw new ArgumentError(`identityToken is a text or a number that names a database, not ${typeof token}.`);
}

/** Things by the token of what they belong to; mostly there is none. */
export function byToken<T extends { readonly token: IdentityToken | null }>(
  things: readonly T[],
): Iterable<readonly [IdentityToken | null, readonly T[]]> {
  for (const { token } of things) if (token !== null) return Map.groupBy(things, (thing) => thing.token);
  return [[null, things]];
}
