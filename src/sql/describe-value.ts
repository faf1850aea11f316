import { ArgumentError, UnmappedClassError } from "../errors/index.ts";

/** A value in words, for messages: never its content. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (isClass(value)) return `The class ${value.name}`;
  if (typeof value === "function") return "A function";
  if (typeof value === "string") return "A string";
  return `A value of type ${typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value}`;
}

/** The same inside a sentence. */
export function describeWithin(value: unknown): string {
  return describeValue(value).replace(/^(?:The|A)\b/, (article) => article.toLowerCase());
}

/** The error for a value that cannot stand where it was given; of a class, that it is not mapped. */
export function refusal(value: unknown, message: string): ArgumentError | UnmappedClassError {
  if (!isClass(value)) return new ArgumentError(message);
  return new UnmappedClassError(
    `${message} ${value.name} is not mapped: class ${value.name} extends Base.mapped("…", { … }) {}.`,
  );
}

/** Tells a class from other functions. */
export function isClass(value: unknown): value is { readonly name: string } {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}
