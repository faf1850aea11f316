import { ArgumentError } from "../errors/index.ts";
import { builtin } from "./builtin.ts";
import type { ConnectTarget } from "./driver.ts";

/** Reads one option of a URL's query into options of the driver's package. */
export type OptionReader = (text: string, name: string) => Readonly<Record<string, unknown>>;

/** Reads a URL's query by a table of what the driver understands; anything else is refused by name. */
export function readUrlOptions(
  driver: string,
  query: ConnectTarget["query"],
  readers: Readonly<Record<string, OptionReader>>,
): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(query)) {
    const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (reader === undefined) {
      throw new ArgumentError(
        `The driver ${driver} knows no URL option "${name}". It knows ${Object.keys(readers).join(", ")}; ` +
          "whatever else its package takes goes into connectArgs.",
      );
    }
    if (typeof value !== "string") throw new ArgumentError(`The URL option "${name}" is given twice.`);
    Object.assign(options, reader(value, name));
  }
  return options;
}

/** The option under the package's own name, as text. */
export function textOption(option: string): OptionReader {
  return (text) => ({ [option]: text });
}

/** A number, multiplied: URLs give times in seconds, packages take milliseconds. */
export function numberOption(option: string, factor = 1): OptionReader {
  return (text, name) => {
    const number = Number(text);
    if (text.trim() === "" || !Number.isFinite(number) || number < 0) {
      throw new ArgumentError(`The URL option "${name}" takes a number, not "${text}".`);
    }
    return { [option]: number * factor };
  };
}

/** True or false in the usual spellings. */
export function booleanOption(option: string): OptionReader {
  return (text, name) => ({ [option]: parseBoolean(text, name) });
}

/** Reads true or false in the usual spellings. */
export function parseBoolean(text: string, name: string): boolean {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off)$/i.test(text)) return false;
  throw new ArgumentError(`The URL option "${name}" takes true or false, not "${text}".`);
}

/** One of some words, each standing for options of the package. */
export function choiceOption(choices: Readonly<Record<string, Readonly<Record<string, unknown>>>>): OptionReader {
  return (text, name) => {
    const choice = Object.hasOwn(choices, text) ? choices[text] : undefined;
    if (choice !== undefined) return choice;
    throw new ArgumentError(`The URL option "${name}" takes one of ${Object.keys(choices).join(", ")}, not "${text}".`);
  };
}

/** The text of a certificate or key that a URL option names. */
export function readPem(path: string, option: string): string {
  try {
    return builtin("node:fs").readFileSync(path, "utf8");
  } catch (cause) {
    throw new ArgumentError(`The file ${path} named by the URL option "${option}" cannot be read. Check its path.`, {
      cause,
    });
  }
}
