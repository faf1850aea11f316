import { withPlace } from "./connect-failure.ts";
import {
  type OptionReader,
  readPem,
  textOption,
  numberOption,
  choiceOption,
  booleanOption,
} from "./connect-options.ts";
import type { ConnectTarget } from "./driver.ts";
import type { MysqlClient } from "./mysql-client.ts";
import { MysqlConnection } from "./mysql-connection.ts";

/** Options of a package's connection. */
export type MysqlOptions = Readonly<Record<string, unknown>>;

const CONNECT_TIMEOUT = 10_000; // the mariadb package's own second is too short for a busy server

/** URL options that both packages understand, the TLS ones under the name `tls`. */
export const mysqlOptionReaders: Readonly<Record<string, OptionReader>> = {
  connect_timeout: numberOption("connectTimeout", 1000),
  socket: textOption("socketPath"),
  unix_socket: textOption("socketPath"),
  charset: choiceOption({ utf8mb4: {} }),
  compress: booleanOption("compress"),
};

/** Readers of the TLS options, for packages that differ in how they are asked to check the server's name. */
export function sslOptionReaders(verified: unknown): Readonly<Record<string, OptionReader>> {
  return {
    ssl: (text, name) => ({ ssl: booleanOption(name)(text, name)[name] === true ? verified : false }),
    sslmode: choiceOption({
      disable: { ssl: false },
      require: { ssl: { rejectUnauthorized: false } },
      "verify-full": { ssl: verified },
    }),
    ssl_ca: (path, name) => ({ ssl: { ...(verified as object), ca: readPem(path, name) } }),
  };
}

/** Where to connect to, in the names that both packages have. */
export function mysqlTarget(target: ConnectTarget): MysqlOptions {
  return {
    host: target.host,
    port: target.port,
    user: target.username,
    password: target.password,
    database: target.database === "" ? undefined : target.database,
    connectTimeout: CONNECT_TIMEOUT,
  };
}

/** Opens connections with the same options, each one client of a package. */
type MysqlOpener = (options: MysqlOptions) => Promise<MysqlClient & { readonly threadId: number | null }>;

/** Connects, with a second connection to end what the first is running. */
export async function connectMysql(open: MysqlOpener, options: MysqlOptions): Promise<MysqlConnection> {
  try {
    const client = await open(options);
    return new MysqlConnection(client, () => cancel(open, options, client.threadId));
  } catch (error) {
    throw withPlace(error, describePlace(options));
  }
}

/** Ends the statement a connection is running; only another connection can. */
async function cancel(open: MysqlOpener, options: MysqlOptions, threadId: number | null): Promise<void> {
  const other = await open(options);
  try {
    await other.query(`KILL QUERY ${Number(threadId)}`);
  } finally {
    await other.end();
  }
}

function describePlace(options: MysqlOptions): string {
  if (options["socketPath"] !== undefined) return `MariaDB at ${String(options["socketPath"])}`;
  return `MariaDB at ${String(options["host"] ?? "localhost")}:${String(options["port"] ?? 3306)}`;
}
