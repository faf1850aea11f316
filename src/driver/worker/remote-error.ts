import type { DriverErrorInfo } from "../../dialect/index.ts";
import * as errors from "../../errors/index.ts";
import type { WorkerFailure } from "./protocol.ts";

/** An error that a driver threw in the worker thread, with what the driver says of it. */
export class RemoteError extends Error {
  readonly info: DriverErrorInfo | null;

  constructor(failure: WorkerFailure) {
    super(failure.message);
    Object.assign(this, failure.details);
    this.name = failure.name;
    this.info = failure.info;
    if (failure.stack !== undefined) this.stack = failure.stack;
  }
}

/** The thread in which the drivers ran is gone, and all connections with it. */
export function lostWorker(): RemoteError {
  const message = "The worker thread that held the connection has ended.";
  return new RemoteError({
    name: "RemoteError",
    message,
    stack: undefined,
    details: {},
    info: { message, code: undefined, disconnect: true },
  });
}

/** The error a failure was made of: the library's own keep their class. */
export function errorOf(failure: WorkerFailure): Error {
  if (failure.info !== null) return new RemoteError(failure);
  const known: unknown = Reflect.get(errors, failure.name);
  if (typeof known !== "function" || !(known.prototype instanceof errors.AthanorError)) return new RemoteError(failure);
  return new (known as new (message: string) => Error)(failure.message);
}
