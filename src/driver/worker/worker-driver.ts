import type { DriverErrorInfo } from "../../dialect/index.ts";
import type { Driver } from "../driver.ts";
import { WorkerBridge } from "./bridge.ts";
import { RemoteError } from "./remote-error.ts";
import { WorkerConnection } from "./worker-connection.ts";

let bridge: WorkerBridge | null = null;

/** One worker thread serves all connections of the process; another is started when it has ended. */
function theBridge(): WorkerBridge {
  if (bridge === null || bridge.ended) bridge = new WorkerBridge();
  return bridge;
}

/**
 * A driver whose connections live in a worker thread, for a driver that answers with promises.
 *
 * Its connections serve sync callers, who block on each answer, and async ones. The worker finds the driver's package
 * by its name.
 */
export function workerDriver(driver: Driver): Driver {
  const { name, dialect } = driver;
  return {
    name,
    dialect,
    answersAtOnce: true,
    connect: (target) => {
      const own = theBridge();
      return own
        .ask<number>({ to: "driver", dialect, name, target })
        .map((number) => new WorkerConnection(own, number));
    },
    describeError: (error): DriverErrorInfo | null =>
      error instanceof RemoteError ? error.info : driver.describeError(error),
  };
}
