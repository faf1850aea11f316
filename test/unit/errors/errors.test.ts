import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import * as errors from "../../../src/errors/index.ts";
import { closing, type Flow, runSync } from "../../../src/flow/index.ts";

const {
  ArgumentError,
  AthanorError,
  DatabaseError,
  DBAPIError,
  IntegrityError,
  InvalidRequestError,
  NoSuchModuleError,
  OperationalError,
  PendingRollbackError,
  SerializationError,
  StatementError,
  UniqueViolation,
} = errors;

describe("every error", () => {
  test("has its class's name and code, and is an Error", () => {
    const error = new ArgumentError("no");
    expect(error).toBeInstanceOf(AthanorError);
    expect(error).toBeInstanceOf(Error);
    expect({ name: error.name, code: error.code, message: error.message }).toEqual({
      name: "ArgumentError",
      code: "argu",
      message: "no",
    });
    expect(String(error)).toBe("ArgumentError: no");
  });

  test("takes the name of a subclass", () => {
    class MissingTenant extends ArgumentError {}
    expect(new MissingTenant("no").name).toBe("MissingTenant");
    expect(new MissingTenant("no").code).toBe("argu");
  });

  test("may be given another code", () => {
    expect(new PendingRollbackError("lost", { code: "8s2b" }).code).toBe("8s2b");
  });

  test("has a cause only where there is one", () => {
    const cause = new Error("beneath");
    expect(new AthanorError("no", { cause }).cause).toBe(cause);
    expect(new AthanorError("no", { cause: undefined })).toHaveProperty("cause", undefined);
    expect("cause" in new AthanorError("no")).toBe(false);
  });

  test("is neither retryable nor a disconnect unless told", () => {
    const { isRetryable, isDisconnect } = new AthanorError("no");
    expect({ isRetryable, isDisconnect }).toEqual({ isRetryable: false, isDisconnect: false });
  });

  test("shows its name and code when printed", () => {
    const printed = inspect(new NoSuchModuleError("no driver"));
    expect(printed).toContain("NoSuchModuleError: no driver");
    expect(printed).toContain("nsme");
  });
});

test("the tree is as documented", () => {
  expect(new NoSuchModuleError("no")).toBeInstanceOf(ArgumentError);
  expect(new PendingRollbackError("no")).toBeInstanceOf(InvalidRequestError);
  const chain = [UniqueViolation, IntegrityError, DatabaseError, DBAPIError, StatementError, AthanorError];
  for (const ancestor of chain) expect(new UniqueViolation("no")).toBeInstanceOf(ancestor);
  expect(new SerializationError("no")).toBeInstanceOf(OperationalError);
});

describe("a statement's error", () => {
  const details = { sql: "SELECT ?", params: ["secret"] };

  test("shows SQL and parameters", () => {
    const error = new StatementError("failed", details);
    expect(error.message).toBe('failed\n[SQL: SELECT ?]\n[parameters: ["secret"]]');
    expect({ sql: error.sql, params: error.params }).toEqual(details);
  });

  test("hides parameters in message, fields and print", () => {
    const error = new StatementError("failed", { ...details, hideParameters: true });
    expect(error.message).toBe("failed\n[SQL: SELECT ?]\n[parameters hidden by hideParameters: true]");
    expect(error.params).toBeUndefined();
    expect(inspect(error)).not.toContain("secret");
  });

  test("carries what the database told", () => {
    const cause = new Error("driver's own");
    const told = { constraint: "users_name_key", databaseCode: "23505", isRetryable: true, isDisconnect: true, cause };
    const error = new UniqueViolation("failed", told);
    expect(error).toMatchObject({ ...told, orig: cause, code: "uniq" });
  });

  test("is only its message when there is no statement", () => {
    expect(new DatabaseError("failed").message).toBe("failed");
  });
});

describe("parameters as text", () => {
  test("show bigints, bytes and dates in a readable way", () => {
    const params = [1n, new Uint8Array(3), new Date(0), null];
    expect(errors.describeParameters(params)).toBe('["1n","<3 bytes>","1970-01-01T00:00:00.000Z",null]');
  });

  test("are cut when long", () => {
    const text = errors.describeParameters(["x".repeat(5000)]);
    expect(text.length).toBeLessThan(700);
    expect(text).toContain("… (5004 characters)");
  });
});

describe("a clean-up that fails", () => {
  test("never hides the first error, which keeps it as suppressed", () => {
    const first = new ArgumentError("first");
    const second = new OperationalError("second");
    expect(() => runSync(closing(failing(first), () => failing(second)))).toThrow(first);
    expect(first).toHaveProperty("suppressed", second);
    expect(Object.keys(first)).not.toContain("suppressed");
  });

  test("is thrown when nothing went wrong before", () => {
    const second = new OperationalError("second");
    expect(() => runSync(closing(nothing(), () => failing(second)))).toThrow(second);
  });
});

// oxlint-disable-next-line require-yield -- flows that never wait
function* failing(error: Error): Flow<void> {
  throw error;
}

// oxlint-disable-next-line require-yield -- as above
function* nothing(): Flow<void> {}
