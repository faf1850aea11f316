import { AthanorError, type ErrorDetails } from "./athanor-error.ts";
import { InvalidRequestError } from "./invalid-request-error.ts";

/** A unit of work that cannot be carried out as it stands. */
export class FlushError extends AthanorError {
  static override readonly code: string = "flsh";
}

/** A row that was changed or removed by somebody else since it was loaded. */
export class StaleDataError extends AthanorError {
  static override readonly code: string = "stal";
  /** The objects concerned, as far as they are known. */
  readonly objects: readonly object[];

  constructor(message: string, details: ErrorDetails & { readonly objects?: readonly object[] } = {}) {
    super(message, details);
    this.objects = details.objects ?? [];
  }
}

/** A class or object that no table is mapped to. */
export class UnmappedError extends InvalidRequestError {
  static override readonly code: string = "unmp";
}

/** A class that is not mapped, where a mapped one is needed. */
export class UnmappedClassError extends UnmappedError {
  static override readonly code: string = "unmc";
}

/** An object whose class is not mapped, where a mapped one is needed. */
export class UnmappedInstanceError extends UnmappedError {
  static override readonly code: string = "unmi";
}

/** Something unloaded asked of an object that belongs to no session. */
export class DetachedInstanceError extends AthanorError {
  static override readonly code: string = "bhk3";
}

/** An attribute that is not loaded and cannot be loaded without waiting. */
export class NotLoadedError extends InvalidRequestError {
  static override readonly code: string = "xd2s";
}

/** An object whose row is gone. */
export class ObjectDeletedError extends InvalidRequestError {
  static override readonly code: string = "odel";
}

/** An expression that only the database can work out exactly. */
export class UnevaluatableError extends InvalidRequestError {
  static override readonly code: string = "unev";
}

/** What a refused value was meant for. */
export interface ValidationDetails extends ErrorDetails {
  readonly object: object;
  readonly attribute: string;
}

/** A value that a validator of its attribute refused; `cause` is what the validator threw. */
export class ValidationError extends AthanorError {
  static override readonly code: string = "vald";
  readonly object: object;
  readonly attribute: string;

  constructor(message: string, details: ValidationDetails) {
    super(message, details);
    this.object = details.object;
    this.attribute = details.attribute;
  }
}
