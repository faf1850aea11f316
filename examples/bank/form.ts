// What a client sent: JSON of any form.
import { Refusal } from "./refusal.ts";

export function textOf(form: unknown, name: string): string {
  const value = fieldOf(form, name);
  if (typeof value !== "string" || value === "") throw new Refusal(`${name} is a text.`);
  return value;
}

export function integerOf(form: unknown, name: string): number {
  const value = fieldOf(form, name);
  if (!Number.isSafeInteger(value)) throw new Refusal(`${name} is a whole number.`);
  return value as number;
}

/** In cents, and never so little that money would go the other way. */
export function amountOf(form: unknown, name: string): number {
  const amount = integerOf(form, name);
  if (amount <= 0) throw new Refusal(`${name} is more than nothing.`);
  return amount;
}

function fieldOf(form: unknown, name: string): unknown {
  return (form as Readonly<Record<string, unknown>> | null | undefined)?.[name];
}
