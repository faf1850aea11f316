import { ArgumentError } from "../errors/index.ts";

/**
 * A package's module or, where that is how it was imported, its default export.
 *
 * @throws ArgumentError when neither has the function the driver needs.
 */
export function moduleWith<T extends object>(
  given: T | { readonly default: T },
  member: keyof T & string,
  packageName: string,
): T {
  for (const module of [given, (given as { readonly default?: T } | null | undefined)?.default]) {
    if (typeof (module as Record<string, unknown> | null | undefined)?.[member] === "function") return module as T;
  }
  throw new ArgumentError(
    `The driver for ${packageName} was not given the module of ${packageName}: there is no function ${member} in it.`,
  );
}
