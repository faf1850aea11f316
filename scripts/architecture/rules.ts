// The house rules as data. docs/architecture.md draws what stands here.

/** A layer imports layers of lower rank only, and those through their `index.ts`. */
export const ranks: Readonly<Record<string, number>> = {
  errors: 0,
  util: 0,
  flow: 1,
  types: 2,
  sql: 3,
  schema: 4,
  compile: 5,
  dialect: 6,
  driver: 7,
  pool: 7,
  hydrate: 7,
  engine: 8,
  orm: 9,
  naked: 10,
  facade: 11,
  context: 12,
  proxy: 12,
  integrations: 13,
  cli: 14,
  testing: 14,
  entry: 15,
};

/** Layers that may import `node:*`; all others run on any JavaScript engine. */
export const nodeLayers: readonly string[] = ["driver", "context", "cli", "testing"];

/** The one file that turns text into code, so that one file needs a reader who knows what that means. */
export const codeFromTextFile = "src/hydrate/emit.ts";

export const limits = {
  fileLines: 500,
  functionLines: 60,
  anyPerThousand: 5,
  asAnyPerThousand: 0.5,
} as const;

export type Rule =
  | "layer"
  | "index"
  | "cycle"
  | "node-import"
  | "package-import"
  | "missing-file"
  | "code-from-text"
  | "bare-error"
  | "file-lines"
  | "function-lines"
  | "any";

export interface Exception {
  readonly rule: Rule;
  readonly file: string;
  readonly reason: string;
}

/** An exception nobody needs any more is itself reported. */
export const exceptions: readonly Exception[] = [
  {
    rule: "node-import",
    file: "src/facade/async-scoped-session.ts",
    reason: "the async context is its default scope; node:async_hooks is there in Deno, Bun and Workers, too",
  },
];

/** `src/sql/nodes/select.ts` → `sql`; files directly in `src/` and in `src/drivers/` are the entry points. */
export function layerOf(path: string): string {
  const [, folder, ...rest] = path.split("/");
  return folder === undefined || rest.length === 0 || folder === "drivers" ? "entry" : folder;
}
