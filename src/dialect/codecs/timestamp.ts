import { DataError } from "../../errors/index.ts";
import { refuseValue } from "./refusal.ts";

const TIMESTAMP =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?( BC)?$/;

/** A moment in UTC as `YYYY-MM-DD HH:MM:SS.mmm`; only years 1 to 9999 (databases without larger ones). */
export function encodeTimestamp(value: unknown): string {
  const iso = checkDate(value).toISOString();
  if (iso.length === 24 && !iso.startsWith("0000")) return `${iso.slice(0, 10)} ${iso.slice(11, 23)}`;
  return refuseValue("timestamp()", value, "This database stores years 1 to 9999.");
}

/** A moment as PostgreSQL takes it: any year, with the offset. */
export function encodeTimestampAnyYear(value: unknown): string {
  const date = checkDate(value);
  const iso = date.toISOString();
  const year = date.getUTCFullYear();
  if (year >= 1 && year <= 9999) return `${iso.slice(0, 10)} ${iso.slice(11, 23)}+00`;
  const rest = `${iso.slice(-20, -14)} ${iso.slice(-13, -1)}+00`;
  return year > 0 ? `${year}${rest}` : `${String(1 - year).padStart(4, "0")}${rest} BC`;
}

function checkDate(value: unknown): Date {
  if (value instanceof Date) {
    if (!Number.isNaN(value.getTime())) return value;
    return refuseValue("timestamp()", value, "The Date is invalid.");
  }
  return refuseValue("timestamp()", value, "Pass a Date.");
}

/** Reads `YYYY-MM-DD HH:MM:SS[.fff…][offset]`; what has no offset is UTC. Digits beyond the millisecond are cut. */
export function decodeTimestamp(value: unknown): Date {
  const text = value as string;
  if (typeof value !== "string") throw unreadable(value);
  if (text.length < 19 || text.charCodeAt(4) !== 45) return parseSlowly(text);
  const year = digits2(text, 0) * 100 + digits2(text, 2);
  const month = digits2(text, 5);
  const day = digits2(text, 8);
  const hour = digits2(text, 11);
  const minute = digits2(text, 14);
  const second = digits2(text, 17);
  // an invalid digit makes one of them NaN; small years and everything after the seconds are left to what is careful
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && hour >= 0 && minute >= 0 && second >= 0)) {
    return parseSlowly(text);
  }
  const rest = readRest(text);
  if (rest === null) return parseSlowly(text);
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, rest));
}

/** Milliseconds after the seconds of a time in UTC; `null` when there is anything else. */
function readRest(text: string): number | null {
  const end = text.length;
  let at = 19;
  let millis = 0;
  if (at < end && text.charCodeAt(at) === 46) {
    let weight = 100;
    for (at = 20; at < end; at++) {
      const digit = text.charCodeAt(at) - 48;
      if (digit < 0 || digit > 9) break;
      millis += digit * weight;
      weight = weight > 1 ? weight / 10 : 0;
    }
  }
  if (at === end || (at + 3 === end && text.endsWith("+00")) || (at + 1 === end && text.endsWith("Z"))) return millis;
  return null;
}

function digits2(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function parseSlowly(text: string): Date {
  const match = TIMESTAMP.exec(text);
  if (match === null) throw unreadable(text);
  const [, year, month, day, hour, minute, second, fraction = "", offset, bc] = match;
  const date = new Date(0);
  date.setUTCFullYear(bc === undefined ? Number(year) : 1 - Number(year), Number(month) - 1, Number(day));
  date.setUTCHours(
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
    Number(fraction.padEnd(3, "0").slice(0, 3)),
  );
  if (Number(month) < 1 || Number(month) > 12 || Number(day) < 1) throw unreadable(text);
  const moment = date.getTime() - offsetMillis(offset);
  if (Number.isNaN(moment)) throw unreadable(text);
  return new Date(moment);
}

function offsetMillis(offset: string | undefined): number {
  if (offset === undefined || offset === "Z") return 0;
  const parts = offset.slice(1).replaceAll(":", "");
  const seconds = Number(parts.slice(0, 2)) * 3600 + Number(parts.slice(2, 4)) * 60 + Number(parts.slice(4, 6));
  return (offset.startsWith("-") ? -seconds : seconds) * 1000;
}

function unreadable(value: unknown): DataError {
  if (value === "infinity" || value === "-infinity") {
    return new DataError(
      `timestamp() cannot read ${value}: a Date has no such moment. Cast the column to text, or filter with isfinite().`,
    );
  }
  return new DataError(
    "timestamp() cannot read what the database sent: it is not YYYY-MM-DD HH:MM:SS. " +
      "Map the column as string() to see it.",
  );
}
