// Stands between a driver and its server, and goes away like a server that is killed.
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

type Direction = "to server" | "to client";

/** Passes bytes on to a server until it is cut off; then nobody listens on its port until it is restored. */
export class CutProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;
  #left: { readonly direction: Direction; bytes: number } | null = null;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async to(url: string): Promise<CutProxy> {
    const proxy = new CutProxy(new URL(url));
    await proxy.restore();
    return proxy;
  }

  /** The server's URL, by way of this proxy. */
  get url(): string {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  async restore(): Promise<void> {
    this.#server = createServer((client) => this.#join(client));
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as { port: number }).port;
  }

  /** Cuts everybody off, with or without a goodbye. */
  cut(how: "reset" | "close" = "reset"): void {
    this.#left = null;
    this.#server?.close();
    for (const socket of this.#sockets) {
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
    this.#sockets.clear();
  }

  /** Cuts everybody off once so many bytes have passed. */
  cutAfter(bytes: number, direction: Direction): void {
    this.#left = { direction, bytes };
  }

  #join(client: Socket): void {
    const server = connect(Number(this.#target.port), this.#target.hostname);
    this.#pass(client, server, "to server");
    this.#pass(server, client, "to client");
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (data) => {
      if (this.#left?.direction === direction && (this.#left.bytes -= data.length) < 0) return this.cut();
      if (!to.write(data)) from.pause();
    });
    to.on("drain", () => from.resume());
  }
}
