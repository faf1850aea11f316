// The worker thread of sync engines: holds the connections of drivers that answer with promises.
import { type MessagePort, workerData } from "node:worker_threads";
import { ResourceClosedError } from "../../errors/index.ts";
import type { Driver, DriverConnection, DriverCursor, DriverResult } from "../driver.ts";
import { loadDriver } from "../load.ts";
import {
  type RemoteCursorHandle,
  SIGNAL,
  type WorkerCall,
  type WorkerFailure,
  type WorkerMessage,
  type WorkerRequest,
} from "./protocol.ts";

const { port, signal, main } = workerData as {
  readonly port: MessagePort;
  readonly signal: Int32Array;
  readonly main: string | undefined;
};
if (main !== undefined) process.argv[1] = main; // packages are looked for from the application
const drivers = new Map<string, Driver>();
const connections = new Map<number, { readonly driver: Driver; readonly connection: DriverConnection }>();
const cursors = new Map<number, { readonly driver: Driver; readonly cursor: DriverCursor }>();
let count = 0;

port.on("message", (request: WorkerRequest) => {
  void answer(request);
});
process.on("exit", () => {
  Atomics.store(signal, SIGNAL.ended, 1);
  wake();
});

async function answer({ id, call }: WorkerRequest): Promise<void> {
  let message: WorkerMessage;
  try {
    message = { id, value: await carryOut(call) };
  } catch (error) {
    message = { id, failure: failureOf(error, driverOf(call)) };
  }
  port.postMessage(message);
  wake();
}

function wake(): void {
  Atomics.add(signal, SIGNAL.answers, 1);
  Atomics.notify(signal, SIGNAL.answers);
}

async function carryOut(call: WorkerCall): Promise<unknown> {
  if (call.to === "driver") return connect(theDriver(call.dialect, call.name), call);
  if (call.to === "cursor") return callCursor(call);
  return callConnection(call);
}

async function connect(driver: Driver, { target }: Extract<WorkerCall, { to: "driver" }>): Promise<number> {
  const connection = await driver.connect(target);
  count += 1;
  const number = count;
  connections.set(number, { driver, connection });
  tellLoss(number, connection.raw);
  return number;
}

/** Connections of all packages are emitters that say when they end. */
function tellLoss(lost: number, raw: unknown): void {
  const emitter = raw as { on?(event: string, listener: () => void): unknown } | null;
  const tell = (): void => {
    if (connections.has(lost)) port.postMessage({ lost } satisfies WorkerMessage);
  };
  for (const event of ["error", "end"]) emitter?.on?.(event, tell);
}

async function callConnection({
  connection: number,
  method,
  args,
}: Extract<WorkerCall, { to: "connection" }>): Promise<unknown> {
  const { driver, connection } = held(connections, number);
  if (method === "close") connections.delete(number);
  const members = connection as unknown as Record<string, (...given: readonly unknown[]) => unknown>;
  const value = await members[method]?.(...args);
  if (method === "openCursor") return keepCursor(driver, value as DriverCursor);
  return method === "execute" || method === "executeMany" ? plainResult(value as DriverResult) : undefined;
}

function keepCursor(driver: Driver, cursor: DriverCursor): RemoteCursorHandle {
  count += 1;
  cursors.set(count, { driver, cursor });
  return { cursor: count, columns: cursor.columns };
}

async function callCursor({ cursor: number, method, args }: Extract<WorkerCall, { to: "cursor" }>): Promise<unknown> {
  const { cursor } = held(cursors, number);
  if (method === "fetch") return cursor.fetch(args[0] as number);
  cursors.delete(number);
  return cursor.close();
}

/** Columns may be computed when read, which the other thread cannot do. */
function plainResult({ columns, rows, affected, lastInsertId }: DriverResult): DriverResult {
  return { columns, rows, affected, lastInsertId };
}

function theDriver(dialect: Driver["dialect"], name: string): Driver {
  let driver = drivers.get(name);
  if (driver === undefined) drivers.set(name, (driver = loadDriver(dialect, name)));
  return driver;
}

function driverOf(call: WorkerCall): Driver | undefined {
  if (call.to === "driver") return drivers.get(call.name);
  return call.to === "cursor" ? cursors.get(call.cursor)?.driver : connections.get(call.connection)?.driver;
}

function failureOf(error: unknown, driver: Driver | undefined): WorkerFailure {
  const { name, message, stack } = error instanceof Error ? error : { name: "Error", message: String(error) };
  return { name, message, stack, details: detailsOf(error), info: driver?.describeError(error) ?? null };
}

function detailsOf(error: unknown): Record<string, string | number> {
  const details: Record<string, string | number> = {};
  if (typeof error !== "object" || error === null) return details;
  for (const [key, value] of Object.entries(error))
    if (typeof value === "string" || typeof value === "number") details[key] = value;
  return details;
}

function held<T>(all: ReadonlyMap<number, T>, number: number): T {
  const found = all.get(number);
  if (found !== undefined) return found;
  throw new ResourceClosedError("The connection in the worker thread is closed.");
}
