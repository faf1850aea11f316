/** What an error may carry besides its message. */
export interface ErrorDetails {
  /** Overrides the class's stable code. */
  readonly code?: string;
  readonly cause?: unknown;
}

/**
 * The root of every error the library throws.
 *
 * `code` is stable: programs may compare it, and `docs/errors.md` has a heading for each.
 */
export class AthanorError extends Error {
  static readonly code: string = "athn";
  readonly code: string;
  /** True when running the whole transaction again may succeed (deadlock, serialization failure, lost connection). */
  readonly isRetryable: boolean = false;
  /** True when the connection was lost. */
  readonly isDisconnect: boolean = false;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = details.code ?? new.target.code;
  }

  // the class's own name, also after bundling: not an own property, so it stays out of console.log's property list
  override get name(): string {
    return this.constructor.name;
  }
}

/** A wrong argument, option, name or combination of them. */
export class ArgumentError extends AthanorError {
  static override readonly code: string = "argu";
}

/** Something selected that no row can hold. */
export class UnknownEntity extends ArgumentError {
  static override readonly code: string = "unen";
}

/** A dialect or driver that cannot be found or is not installed. */
export class NoSuchModuleError extends ArgumentError {
  static override readonly code: string = "nsme";
}

/** A pool that had no connection to give within its timeout. */
export class TimeoutError extends AthanorError {
  static override readonly code: string = "3o7r";
}

/** A statement that cannot be written as SQL. */
export class CompileError extends AthanorError {
  static override readonly code: string = "cmpl";
}

/** A construct that the dialect has no SQL for. */
export class UnsupportedCompilationError extends CompileError {
  static override readonly code: string = "l7de";
}

/** Tables or objects that depend on each other in a circle. */
export class CircularDependencyError extends AthanorError {
  static override readonly code: string = "circ";
}
