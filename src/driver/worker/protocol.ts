import type { DriverErrorInfo } from "../../dialect/index.ts";
import type { ConnectTarget, Driver, DriverColumn } from "../driver.ts";

/** What the application asks of the worker thread. */
export type WorkerCall =
  | {
      readonly to: "driver";
      readonly dialect: Driver["dialect"];
      readonly name: string;
      readonly target: ConnectTarget;
    }
  | {
      readonly to: "connection";
      readonly connection: number;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly to: "cursor"; readonly cursor: number; readonly method: string; readonly args: readonly unknown[] };

export interface WorkerRequest {
  readonly id: number;
  readonly call: WorkerCall;
}

/** An error of the worker, taken apart: error classes do not survive the way between threads. */
export interface WorkerFailure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Its own properties that are text or numbers, such as `code`. */
  readonly details: Readonly<Record<string, string | number>>;
  /** What the driver says of it; `null` when it is not the driver's. */
  readonly info: DriverErrorInfo | null;
}

/** What the worker says; `connection` and `cursor` answers are the numbers to call them by. */
export type WorkerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: WorkerFailure }
  | { readonly lost: number };

/** What a cursor in the worker is known by. */
export interface RemoteCursorHandle {
  readonly cursor: number;
  readonly columns: readonly DriverColumn[];
}

/** Places in the memory both threads see. */
export const SIGNAL = { answers: 0, ended: 1 } as const;
