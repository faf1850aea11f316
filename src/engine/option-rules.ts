import { ArgumentError } from "../errors/index.ts";
import { nearestName } from "./nearest-name.ts";

/** What values one option takes. */
export interface OptionRule {
  /** Completes "… must be". */
  readonly expects: string;
  accepts(value: unknown): boolean;
  /** Reads the option from text, as a configuration file has it. */
  parse?(text: string): unknown;
}

/** A rule for each option by name. */
export type OptionRules<O> = { readonly [K in keyof Required<O>]: OptionRule };

/** @throws ArgumentError for an unknown option or a value of the wrong kind, naming it. */
export function checkOptionValues(options: object, rules: Readonly<Record<string, OptionRule>>, what: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) throw unknownOption(name, Object.keys(rules), what);
    const rule = rules[name] as OptionRule;
    if (value === undefined || rule.accepts(value)) continue;
    throw new ArgumentError(`The option ${name} of ${what} must be ${rule.expects}, not ${describe(value)}.`);
  }
}

function unknownOption(name: string, known: readonly string[], what: string): ArgumentError {
  const meant = nearestName(name, known);
  const hint = meant === undefined ? `Known options: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  return new ArgumentError(`${what.replace(/^a /, "A ")} has no option ${JSON.stringify(name)}. ${hint}`);
}

function describe(value: unknown): string {
  if (typeof value === "string" || typeof value === "number") return JSON.stringify(value);
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}

/** Rules by what an option takes: true or false. */
export const aBoolean: OptionRule = {
  expects: "true or false",
  accepts: (value) => typeof value === "boolean",
  parse: parseBoolean,
};

/** An object that is no list. */
export const anObject: OptionRule = {
  expects: "an object",
  accepts: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

/** A function or class. */
export const aFunction: OptionRule = { expects: "a function", accepts: (value) => typeof value === "function" };

/** Whatever it is. */
export const anything: OptionRule = { expects: "given", accepts: () => true };

/** A whole number, not below `least`. */
export function anInteger(least: number): OptionRule {
  return {
    expects: `a whole number from ${least}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= least,
    parse: parseNumber,
  };
}

/** Seconds, not below `least`. */
export function seconds(least: number): OptionRule {
  return {
    expects: `a number of seconds${least < 0 ? ", or -1 for never" : " from 0"}`,
    accepts: (value) => typeof value === "number" && (value === least || value >= 0),
    parse: parseNumber,
  };
}

/** One of a few values. */
export function oneOf(...values: readonly (string | boolean | null)[]): OptionRule {
  return {
    expects: values.map((value) => JSON.stringify(value)).join(" or "),
    accepts: (value) => values.includes(value as string),
    parse: (text) => values.find((value) => String(value) === text.trim()) ?? parseBoolean(text),
  };
}

function parseNumber(text: string): unknown {
  return text.trim() === "" ? text : Number.isNaN(Number(text)) ? text : Number(text);
}

function parseBoolean(text: string): unknown {
  const word = text.trim().toLowerCase();
  if (["true", "yes", "on", "1"].includes(word)) return true;
  return ["false", "no", "off", "0"].includes(word) ? false : text;
}
