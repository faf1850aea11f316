/** A database server that runs for the length of one test run. */
export interface TestServer {
  readonly url: string;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}

/** A server this machine cannot run, and why. */
export interface SkippedServer {
  readonly skipped: string;
}

/** Thrown where a server cannot be had at all, unlike one that fails to start. */
export class ServerUnavailable extends Error {
  override readonly name = "ServerUnavailable";
}
