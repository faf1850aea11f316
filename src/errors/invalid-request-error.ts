import { AthanorError } from "./athanor-error.ts";

/** Something asked for that the present state does not allow. */
export class InvalidRequestError extends AthanorError {
  static override readonly code: string = "ivrq";
}

/** A method called while another one that changes the same state is still running. */
export class IllegalStateChangeError extends InvalidRequestError {
  static override readonly code: string = "isce";
}

/** A session or connection whose transaction failed and has not been rolled back yet. */
export class PendingRollbackError extends InvalidRequestError {
  static override readonly code: string = "7s2a";
}

/** A result, connection, transaction or session used after its end. */
export class ResourceClosedError extends InvalidRequestError {
  static override readonly code: string = "clsd";
}

/** A naked session used after its transaction ended. */
export class InvalidSessionState extends InvalidRequestError {
  static override readonly code: string = "nkst";
}

/** No row where one was required. */
export class NoResultFound extends InvalidRequestError {
  static override readonly code: string = "nrow";
}

/** Several rows where one was required. */
export class MultipleResultsFound extends InvalidRequestError {
  static override readonly code: string = "mrow";
}

/** A column name that a row or table does not have. */
export class NoSuchColumnError extends InvalidRequestError {
  static override readonly code: string = "nscl";
}

/** A table or view that the database does not have. */
export class NoSuchTableError extends InvalidRequestError {
  static override readonly code: string = "nstb";
}

/** A foreign key or relationship whose target cannot be found. */
export class NoReferenceError extends InvalidRequestError {
  static override readonly code: string = "nref";
}

/** A sync call that reached something which answers with a promise. */
export class AwaitRequired extends InvalidRequestError {
  static override readonly code: string = "xd1r";
}

/** A method that sessions of this colour do not have; the message says what to write instead. */
export class NotImplementedError extends InvalidRequestError {
  static override readonly code: string = "nimp";
}

/** A statement or object for which no engine is known. */
export class UnboundExecutionError extends InvalidRequestError {
  static override readonly code: string = "unbd";
}

/** A call that exists only in the async form, or only as a stream. */
export class AsyncMethodRequired extends InvalidRequestError {
  static override readonly code: string = "amrq";
}

/** A context for database sessions opened inside another one. */
export class ContextAlreadyInitiatedError extends InvalidRequestError {
  static override readonly code: string = "ctxi";
}

/** A session of the context asked for where there is no context, or where it has ended. */
export class ContextNotInitiatedError extends InvalidRequestError {
  static override readonly code: string = "ctxn";
}

/** What an async call begins, used before it was awaited. */
export class AsyncContextNotStarted extends InvalidRequestError {
  static override readonly code: string = "anst";
}

/** What was awaited already, started once more. */
export class AsyncContextAlreadyStarted extends InvalidRequestError {
  static override readonly code: string = "aast";
}
