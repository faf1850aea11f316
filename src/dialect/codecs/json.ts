import { ArgumentError } from "../../errors/index.ts";
import type { Codec } from "../../types/index.ts";
import { refuseStored } from "./refusal.ts";

/** A JSON value as text; refuses what JSON would drop or change without a word. */
export function encodeJson(value: unknown): string {
  checkJson(value, "$", []);
  return JSON.stringify(value);
}

/** Reads JSON text; a driver that parsed it already is taken at its word. */
export function decodeJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return refuseStored("json()", value, "It is no JSON text; map the column as string().");
  }
}

/** Throws when a value cannot be told in JSON, naming the path to the offender. */
export function checkJson(value: unknown, path: string, ancestors: unknown[]): void {
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuseAt(path, String(value), "Use null or a string.");
    return;
  }
  if (typeof value !== "object") {
    const advice = value === undefined ? "Leave the property out or use null." : "Turn it into a string or a number.";
    return refuseAt(path, value === undefined ? "undefined" : `a ${typeof value}`, advice);
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return;
  checkMembers(value, path, ancestors);
}

function checkMembers(value: object, path: string, ancestors: unknown[]): void {
  if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) {
    return refuseAt(path, `a ${value.constructor.name}`, "Turn it into an array or a plain object.");
  }
  if (ancestors.includes(value)) return refuseAt(path, "an object that contains itself", "Break the circle.");
  ancestors.push(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkJson(value[i], `${path}[${i}]`, ancestors);
  } else {
    for (const key of Object.keys(value))
      checkJson((value as Record<string, unknown>)[key], `${path}.${key}`, ancestors);
  }
  ancestors.pop();
}

function refuseAt(path: string, what: string, advice: string): never {
  throw new ArgumentError(`json() cannot store ${what} at ${path}. ${advice}`);
}

/** JSON values as the library writes and reads them. */
export const jsonCodec: Codec = { encode: encodeJson, decode: decodeJson };

/** How a program writes and reads JSON itself; what it leaves out is done as always. */
export interface JsonFunctions {
  readonly serialize?: ((value: unknown) => string) | undefined;
  readonly deserialize?: ((text: string) => unknown) | undefined;
}

/** JSON values as a program's own functions write and read them. */
export function jsonCodecOf({ serialize, deserialize }: JsonFunctions): Codec {
  return {
    encode: serialize === undefined ? encodeJson : (value: unknown) => requireText(serialize(value)),
    decode: deserialize === undefined ? decodeJson : (text: string) => deserialize(text),
  };
}

function requireText(text: unknown): string {
  if (typeof text === "string") return text;
  throw new ArgumentError(
    `jsonSerializer answered ${text === null ? "null" : `a ${typeof text}`}, and has to answer JSON text.`,
  );
}
