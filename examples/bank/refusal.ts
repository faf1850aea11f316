// What becomes of an error: the same response in every framework.
import { IntegrityError } from "athanor";

/** A client asked for what cannot be. */
export class Refusal extends Error {
  readonly status = 422;
}

export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly error: string };
}

export function answerTo(error: unknown): ErrorAnswer {
  if (error instanceof IntegrityError) return { status: 409, body: { error: "That contradicts what is there." } };
  if (error instanceof SyntaxError) return { status: 400, body: { error: "That is no JSON." } };
  const { status, statusCode, message } = error as { status?: number; statusCode?: number; message: string };
  const known = status ?? statusCode ?? 500; // errors of a framework tell their status, too
  if (known < 500) return { status: known, body: { error: message } };
  console.error(error);
  return { status: known, body: { error: "Something went wrong." } };
}
