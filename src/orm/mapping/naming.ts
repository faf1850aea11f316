/** How attribute names become column names. */
export type Naming = "snake_case" | "as-is" | ((key: string) => string);

/** `createdAt` becomes `created_at`; `userID2` becomes `user_id2`. */
export function snakeCase(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
}

/** The function of a naming. */
export function columnNaming(naming: Naming): (key: string) => string {
  if (naming === "snake_case") return snakeCase;
  return naming === "as-is" ? (key) => key : naming;
}
