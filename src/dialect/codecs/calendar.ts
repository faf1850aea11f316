import { refuseValue } from "./refusal.ts";

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const ANY_DATE = /^(?:\d{5,7}-\d\d-\d\d(?: BC)?|\d{4}-\d\d-\d\d BC|-?infinity)$/;
const TIME = /^([01]\d|2[0-4]):([0-5]\d)(?::([0-5]\d|60)(?:\.(\d{1,9}))?)?$/;
const INTERVAL = /^[+-]?P(?=[\dT+-])(?:[+-]?\d+(?:\.\d+)?[YMWD])*(?:T(?:[+-]?\d+(?:\.\d+)?[HMS])+)?$/;

/** A calendar day, `YYYY-MM-DD`. */
export function encodeDate(value: unknown): string {
  if (typeof value === "string" && isDay(value)) return value;
  return refuseDay(value);
}

/** A calendar day as PostgreSQL takes it: also large years, BC and infinity. */
export function encodeAnyDate(value: unknown): string {
  if (typeof value === "string" && (isDay(value) || ANY_DATE.test(value))) return value;
  return refuseDay(value);
}

function refuseDay(value: unknown): never {
  const advice =
    value instanceof Date
      ? "A Date is a moment: which day it is depends on the time zone. Pass a string such as date.toISOString().slice(0, 10)."
      : 'Pass a day as "YYYY-MM-DD".';
  return refuseValue("date()", value, advice);
}

function isDay(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const month = Number(match[2]);
  const day = Number(match[3]);
  return month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth(Number(match[1]), month);
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** A time of day, `HH:MM:SS[.ffffff]`, without zeros at its end so that every database answers the same text. */
export function encodeTime(value: unknown): string {
  const match = typeof value === "string" ? TIME.exec(value) : null;
  if (match === null) return refuseValue("time()", value, 'Pass a time of day as "HH:MM:SS" or "HH:MM:SS.mmm".');
  const [, hour, minute, second = "00", fraction = ""] = match;
  return decodeTime(`${hour}:${minute}:${second}${fraction === "" ? "" : `.${fraction}`}`);
}

/** Removes the zeros a database pads a time's fraction with. */
export function decodeTime(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** An ISO 8601 duration, `P1DT2H30M`. */
export function encodeInterval(value: unknown): string {
  if (typeof value === "string" && INTERVAL.test(value)) return value;
  return refuseValue("interval()", value, 'Pass an ISO 8601 duration such as "P1DT2H30M" or "PT0.5S".');
}
