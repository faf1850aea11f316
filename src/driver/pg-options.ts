import {
  booleanOption,
  choiceOption,
  numberOption,
  type OptionReader,
  readPem,
  readUrlOptions,
  textOption,
} from "./connect-options.ts";
import type { ConnectTarget } from "./driver.ts";

const CONNECT_TIMEOUT = 10_000; // pg's own default is to wait for ever

/** libpq's names; times in the unit libpq and PostgreSQL give them. */
const readers: Readonly<Record<string, OptionReader>> = {
  host: textOption("host"),
  sslmode: choiceOption({
    disable: { sslmode: "disable" },
    prefer: { sslmode: "prefer" },
    require: { sslmode: "require" },
    "verify-ca": { sslmode: "verify-ca" },
    "verify-full": { sslmode: "verify-full" },
    "no-verify": { sslmode: "require" },
  }),
  ssl: (text, name) => ({ sslmode: booleanOption(name)(text, name)[name] === true ? "verify-full" : "disable" }),
  sslrootcert: (path) => ({ sslca: readPem(path, "sslrootcert") }),
  sslcert: (path) => ({ sslcert: readPem(path, "sslcert") }),
  sslkey: (path) => ({ sslkey: readPem(path, "sslkey") }),
  sslnegotiation: choiceOption({ postgres: {}, direct: { sslnegotiation: "direct" } }),
  application_name: textOption("application_name"),
  fallback_application_name: textOption("fallback_application_name"),
  connect_timeout: numberOption("connectionTimeoutMillis", 1000),
  keepalives: booleanOption("keepAlive"),
  keepalives_idle: numberOption("keepAliveInitialDelayMillis", 1000),
  options: textOption("options"),
  client_encoding: choiceOption({ utf8: {}, UTF8: {}, "utf-8": {}, "UTF-8": {} }),
  statement_timeout: numberOption("statement_timeout"),
  lock_timeout: numberOption("lock_timeout"),
  idle_in_transaction_session_timeout: numberOption("idle_in_transaction_session_timeout"),
};

interface UrlOptions {
  readonly sslmode?: string;
  readonly sslca?: string;
  readonly sslcert?: string;
  readonly sslkey?: string;
}

/** Options of pg's Client for a target; `retryWithoutSsl` when `sslmode=prefer` allows that. */
export function pgOptions(target: ConnectTarget): { options: Record<string, unknown>; retryWithoutSsl: boolean } {
  const { sslmode, sslca, sslcert, sslkey, ...others } = readUrlOptions("pg", target.query, readers) as UrlOptions;
  const ssl = sslOptions({ sslmode, sslca, sslcert, sslkey });
  const options = {
    ...withoutUndefined({
      host: target.host,
      port: target.port,
      user: target.username,
      password: target.password,
      database: target.database === "" ? undefined : target.database,
      ssl,
    }),
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    keepAlive: true,
    ...others,
    ...target.connectArgs,
    pipeline: false, // pg refuses exchanges of our own on pipelined connections
  };
  return { options, retryWithoutSsl: sslmode === "prefer" };
}

type SslParts = { readonly [K in keyof UrlOptions]: UrlOptions[K] | undefined };

function sslOptions({ sslmode, sslca: ca, sslcert: cert, sslkey: key }: SslParts): unknown {
  const files = withoutUndefined({ ca, cert, key });
  const hasFiles = Object.keys(files).length > 0;
  if (sslmode === "disable") return false;
  if (sslmode === undefined) return hasFiles ? files : undefined; // pg then reads PGSSLMODE
  if (sslmode === "verify-full") return hasFiles ? files : true;
  // libpq checks the authority, not the name, as soon as it has a root certificate
  if (sslmode === "verify-ca" || (sslmode === "require" && ca !== undefined)) {
    return { ...files, checkServerIdentity: () => undefined };
  }
  return { ...files, rejectUnauthorized: false };
}

function withoutUndefined(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
