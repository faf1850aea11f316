import type { DriverErrorInfo } from "../dialect/index.ts";

// an error says what went wrong but seldom where; the error itself is the driver's and stays untouched
const places = new WeakMap<object, string>();

/** Remembers which server or file a failed connect was about; gives the error back to be thrown. */
export function withPlace(error: unknown, place: string): unknown {
  if (typeof error === "object" && error !== null) places.set(error, place);
  return error;
}

/** The server or file that a failed connect was about. */
export function placeOf(error: unknown): string | undefined {
  return typeof error === "object" && error !== null ? places.get(error) : undefined;
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused. Check that the server is running and listens on that host and port",
  ENOTFOUND: "the host name is unknown. Check its spelling and the name service",
  EAI_AGAIN: "the name service does not answer. Check the network and the spelling of the host",
  ETIMEDOUT: "there was no answer in time. Check host, port, firewall and the connect timeout",
  EHOSTUNREACH: "the host cannot be reached. Check the network and the firewall",
  ENETUNREACH: "the network cannot be reached. Check the network and the firewall",
  ENOENT: "there is no such socket. Check its path and that the server is running",
  EACCES: "access to the socket is denied. Check its permissions",
};

interface SystemError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly syscall?: unknown;
  readonly errors?: unknown;
}

/** Describes an error of the operating system (sockets, name service); `null` for any other. */
export function describeSystemError(error: unknown): DriverErrorInfo | null {
  const failure = firstOfMany(error);
  if (failure === null || typeof failure.code !== "string" || !/^E[A-Z_]+$/.test(failure.code)) return null;
  if (failure.syscall === undefined && explanations[failure.code] === undefined && failure.code !== "EPIPE")
    return null;
  return { message: explain(error, failure.code, String(failure.message)), code: failure.code };
}

/** What failed and what to check, where that is known; else the error's own message. */
export function explain(error: unknown, code: string, message: string): string {
  const place = placeOf(error);
  if (place === undefined) return message;
  return `could not connect to ${place}: ${explanations[code] ?? message}`;
}

/** A host with several addresses fails with one error for each. */
function firstOfMany(error: unknown): SystemError | null {
  if (typeof error !== "object" || error === null) return null;
  const { errors, code } = error as SystemError;
  if (code === undefined && Array.isArray(errors)) return firstOfMany(errors[0]);
  return error;
}
