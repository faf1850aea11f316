import { ArgumentError } from "../../errors/index.ts";

export type CascadeToken = "save-update" | "merge" | "delete" | "delete-orphan" | "refresh-expire" | "expunge";

const tokens: ReadonlySet<string> = new Set([
  "save-update",
  "merge",
  "delete",
  "delete-orphan",
  "refresh-expire",
  "expunge",
]);
const all: readonly CascadeToken[] = ["save-update", "merge", "delete", "refresh-expire", "expunge"];

/** @throws ArgumentError for a word that is no cascade. */
export function parseCascade(text: string, owner: string): ReadonlySet<CascadeToken> {
  const found = new Set<CascadeToken>();
  for (const word of text.split(",").map((part) => part.trim())) {
    if (word === "all") for (const token of all) found.add(token);
    else if (tokens.has(word)) found.add(word as CascadeToken);
    else if (word !== "" && word !== "none") {
      throw new ArgumentError(
        `${owner}: ${JSON.stringify(word)} is no cascade. Use all, none, ${[...tokens].join(", ")}.`,
      );
    }
  }
  return found;
}
