const LONGEST = 60; // PostgreSQL cuts names after 63 bytes, MySQL refuses more than 64 characters

/** A name for a constraint or index that was given none; long ones end in a hash, so that they still differ. */
export function constraintName(kind: "fk" | "ix", table: string, columns: readonly string[]): string {
  return shortenName([kind, table, ...columns].join("_"));
}

/** The name, or its beginning and a hash of it where databases would cut or refuse it. */
export function shortenName(name: string): string {
  if (new TextEncoder().encode(name).length <= LONGEST) return name;
  const hash = hashText(name).toString(16).padStart(8, "0");
  return `${cutText(name, LONGEST - hash.length - 1)}_${hash}`;
}

/** FNV-1a, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The beginning of a text, of at most so many bytes. */
export function cutText(text: string, bytes: number): string {
  let [kept, used] = ["", 0];
  for (const character of text) {
    used += new TextEncoder().encode(character).length;
    if (used > bytes) break;
    kept += character;
  }
  return kept;
}
