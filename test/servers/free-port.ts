import { createServer } from "node:net";

// Below the range the kernel hands to outgoing connections, which could otherwise take the port before the server does.
const [lowest, highest] = [15_000, 32_000];

/** A port on 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const port = lowest + Math.floor(Math.random() * (highest - lowest));
  return (await isFree(port)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const probe = createServer();
  probe.once("error", () => resolve(false));
  probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  return promise;
}
