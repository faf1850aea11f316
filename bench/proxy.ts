// A TCP proxy in a process of its own, so that its timers do not compete with what is measured. Started as a program it is
// that process: it tells its port, holds back what clients send by `delay` milliseconds, and counts round trips.
import { fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface Proxy {
  readonly url: string;
  /** Round trips since the last call: the times that a client sent something after an answer, or at first. */
  takeRoundTrips(): Promise<number>;
  stop(): void;
}

export async function startProxy(target: string, delay: number): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const child = fork(import.meta.filename, [hostname, port, String(delay)]);
  const [own] = (await once(child, "message")) as [number];
  const url = new URL(target);
  url.host = `127.0.0.1:${own}`;
  return {
    url: url.href,
    async takeRoundTrips() {
      child.send("take");
      const [count] = (await once(child, "message")) as [number];
      return count;
    },
    stop: () => child.disconnect(),
  };
}

function serve(host: string, port: number, delay: number): void {
  let roundTrips = 0;
  const server = createServer((client) => {
    const database = connect({ host, port, noDelay: true });
    client.setNoDelay(true);
    let isAnswered = true;
    client.on("data", (chunk) => {
      if (isAnswered) roundTrips += 1;
      isAnswered = false;
      if (delay === 0) database.write(chunk);
      else setTimeout(() => database.write(chunk), delay);
    });
    database.on("data", (chunk) => {
      isAnswered = true;
      client.write(chunk);
    });
    end(client, database);
    end(database, client);
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", () => {
    process.send?.(roundTrips);
    roundTrips = 0;
  });
  process.on("disconnect", () => process.exit());
}

function end(one: Socket, other: Socket): void {
  one.on("error", () => other.destroy());
  one.on("close", () => setTimeout(() => other.destroy(), 50));
}

if (import.meta.main) {
  const [host = "", port = "", delay = "0"] = process.argv.slice(2);
  serve(host, Number(port), Number(delay));
}
