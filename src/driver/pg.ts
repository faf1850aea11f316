import type { DriverErrorInfo } from "../dialect/index.ts";
import { AthanorError } from "../errors/index.ts";
import { describeSystemError, explain, placeOf, withPlace } from "./connect-failure.ts";
import type { ConnectTarget, Driver } from "./driver.ts";
import { moduleWith } from "./module-with.ts";
import { isStaleStatement, type PgClient, PgConnection } from "./pg-connection.ts";
import { pgOptions } from "./pg-options.ts";

/** The part of pg's module that is used. */
export interface PgModule {
  readonly Client: new (options: never) => unknown;
}

/** The driver for the package `pg`: pass its module. */
export function pgDriver(module: PgModule | { readonly default: PgModule }): Driver {
  const { Client } = moduleWith<PgModule>(module, "Client", "pg");
  return {
    name: "pg",
    dialect: "postgresql",
    answersAtOnce: false,
    connect: (target) => connect(Client as new (options: object) => PgClient, target),
    describeError,
  };
}

async function connect(Client: new (options: object) => PgClient, target: ConnectTarget): Promise<PgConnection> {
  const { options, retryWithoutSsl } = pgOptions(target);
  try {
    return await open(Client, options);
  } catch (error) {
    if (retryWithoutSsl && refusesSsl(error)) return connect(Client, withoutSsl(target));
    throw withPlace(error, describePlace(options));
  }
}

function withoutSsl(target: ConnectTarget): ConnectTarget {
  return { ...target, query: { ...target.query, sslmode: "disable" } };
}

async function open(Client: new (options: object) => PgClient, options: object): Promise<PgConnection> {
  const client = new Client(options);
  const connection = new PgConnection(client);
  await client.connect();
  return connection;
}

function refusesSsl(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/.test(error.message);
}

function describePlace(options: Record<string, unknown>): string {
  const host = String(options["host"] ?? process.env["PGHOST"] ?? "localhost");
  const port = String(options["port"] ?? process.env["PGPORT"] ?? 5432);
  return `PostgreSQL at ${host}:${port}`;
}

interface PgError {
  readonly code?: unknown;
  readonly message: string;
  readonly severity?: unknown;
  readonly constraint?: unknown;
  readonly detail?: unknown;
}

function describeError(error: unknown): DriverErrorInfo | null {
  if (typeof error !== "object" || error === null || error instanceof AthanorError) return null;
  const { code, severity } = error as PgError;
  if (typeof severity === "string" && typeof code === "string") return describeServerError(error as PgError, code);
  return describeSystemError(error) ?? describeClientError(error);
}

function describeServerError(error: PgError, code: string): DriverErrorInfo {
  return {
    message: explain(error, code, error.message),
    code,
    detail: typeof error.detail === "string" ? error.detail : undefined,
    constraint: typeof error.constraint === "string" ? error.constraint : undefined,
    retryable: isStaleStatement(error),
    ...(error.severity === "FATAL" && { disconnect: placeOf(error) === undefined }),
  };
}

const LOST =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout)/;

/** pg throws what happens below the protocol as plain errors without a code; SQLSTATE has codes for them. */
function describeClientError(error: object): DriverErrorInfo | null {
  if (!(error instanceof Error)) return null;
  const { message } = error;
  if (placeOf(error) !== undefined) {
    return { message: explain(error, message === "timeout expired" ? "ETIMEDOUT" : "", message), code: "08001" };
  }
  if (error.constructor !== Error) return null;
  return { message, code: LOST.test(message) ? "08006" : undefined };
}
