import { ArgumentError } from "../errors/index.ts";
import { type EngineOptions, engineOptionRules } from "./engine-options.ts";
import type { OptionRule } from "./option-rules.ts";

/** An engine's URL and options as a configuration has them. */
export interface EngineConfig {
  readonly url: string;
  readonly options: EngineOptions;
}

/**
 * Picks an engine's settings out of a configuration by their prefix: `athanor.url`, `athanor.poolSize`, …
 *
 * Text is read as what the option takes; `pool_size` is `poolSize`. Keys without the prefix are somebody else's.
 * @throws ArgumentError when there is no URL.
 */
export function readEngineConfig(config: Readonly<Record<string, unknown>>, prefix: string): EngineConfig {
  const options: Record<string, unknown> = {};
  let url: unknown;
  for (const [key, value] of Object.entries(config)) {
    if (!key.startsWith(prefix)) continue;
    const name = toCamelCase(key.slice(prefix.length));
    if (name === "url") url = value;
    else options[name] = readValue(name, value);
  }
  if (typeof url === "string") return { url, options };
  throw new ArgumentError(
    `The configuration has no text under "${prefix}url", which is where the database URL is looked for.`,
  );
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function readValue(name: string, value: unknown): unknown {
  const rules: Readonly<Record<string, OptionRule>> = engineOptionRules;
  if (typeof value !== "string" || !Object.hasOwn(rules, name)) return value;
  return rules[name]?.parse?.(value) ?? value;
}
