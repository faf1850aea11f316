import type { SqlType } from "../../types/index.ts";
import { refuseValue } from "./refusal.ts";

const UUID = /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/;

export function encodeString(value: unknown): string {
  if (typeof value === "string") return value;
  return refuseValue("string()", value, "Pass a string.");
}

/** A UUID in its canonical form: lower case, with hyphens. */
export function encodeUuid(value: unknown): string {
  if (typeof value !== "string" || !UUID.test(value)) {
    return refuseValue("uuid()", value, "Pass 32 hexadecimal digits such as crypto.randomUUID() gives.");
  }
  if (value.length === 36) return value.toLowerCase();
  return value
    .replaceAll("-", "")
    .toLowerCase()
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Takes only members of the enumeration. */
export function enumerationEncoder(type: SqlType): (value: unknown) => string {
  const members = new Set(type.values);
  return (value) => {
    if (typeof value === "string" && members.has(value)) return value;
    const known = [...members].map((member) => JSON.stringify(member)).join(", ");
    return refuseValue("enumeration()", value, `It takes one of ${known}.`);
  };
}

/** The length of the longest member of an enumeration. */
export function longestMember(type: SqlType): number {
  return (type.values ?? []).reduce((longest, member) => Math.max(longest, [...member].length), 1);
}
