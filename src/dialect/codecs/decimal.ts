import { describeKind, refuseStored, refuseValue } from "./refusal.ts";

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;
const SPECIAL = /^(?:NaN|[+-]?Infinity)$/;

/** A decimal as plain, canonical text: no exponent, no leading zeros or plus; digits after the point are kept. */
export function encodeDecimal(value: unknown): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" ? Number.isFinite(value) : typeof value === "string") {
    const text = plainDecimal(String(value));
    if (text !== null) return text;
  }
  return refuseValue("numeric()", value, 'Pass a decimal string such as "12.50", a finite number or a bigint.');
}

/** As `encodeDecimal`, with PostgreSQL's NaN and infinities. */
export function encodeDecimalOrSpecial(value: unknown): string {
  return typeof value === "string" && SPECIAL.test(value) ? value : encodeDecimal(value);
}

/** A decimal with at least `scale` digits after the point. */
export function padDecimal(text: string, scale: number): string {
  if (scale === 0) return text;
  const point = text.indexOf(".");
  if (point < 0) return `${text}.${"0".repeat(scale)}`;
  return text.padEnd(point + 1 + scale, "0");
}

/** A decimal without zeros at the end of its fraction. */
export function trimDecimal(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Reads a decimal as text, whatever number the driver gave. */
export function decodeDecimal(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") {
    const text = plainDecimal(String(value));
    if (text !== null) return text;
  }
  return refuseStored("numeric()", value, `It is ${describeKind(value)}, not a number.`);
}

/** Counts the digits that carry a decimal's value. */
export function significantDigits(text: string): number {
  return text.replace(/^-?0*\.?0*/, "").replace(".", "").length;
}

/** Writes out the exponent and canonicalises; `null` when the text is no decimal. */
export function plainDecimal(text: string): string | null {
  const match = DECIMAL.exec(text);
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return null;
  const shifted = shiftPoint(whole, fraction, Number(exponent));
  const digits = shifted.whole.replace(/^0+(?=\d)/, "") || "0";
  const plain = shifted.fraction === "" ? digits : `${digits}.${shifted.fraction}`;
  return sign === "-" && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

function shiftPoint(whole: string, fraction: string, exponent: number): { whole: string; fraction: string } {
  if (exponent > 0) {
    const padded = fraction.padEnd(exponent, "0");
    return { whole: whole + padded.slice(0, exponent), fraction: padded.slice(exponent) };
  }
  if (exponent < 0) {
    const padded = whole.padStart(-exponent, "0");
    const cut = padded.length + exponent;
    return { whole: padded.slice(0, cut), fraction: padded.slice(cut) + fraction };
  }
  return { whole, fraction };
}
