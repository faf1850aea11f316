import { InvalidRequestError } from "../../errors/index.ts";

/** What the gate needs of a `ServerResponse` of `node:http`; that of `node:http2` has it too. */
export interface NodeResponse {
  statusCode: number;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  writeHead(...args: never[]): unknown;
  write(...args: never[]): unknown;
  end(...args: never[]): unknown;
  flushHeaders(): unknown;
  getHeaders(): object;
  getHeaderNames(): readonly string[];
  setHeader(name: string, value: never): unknown;
  removeHeader(name: string): unknown;
  once(event: "close", listener: () => void): unknown;
}

interface GateOptions {
  /** `"before"`: the transaction ends before the first byte; `"end"`: before the last one. */
  readonly streaming: "before" | "end";
  /** Ends the transaction by the status of the response; the response waits for it. */
  readonly settle: (status: number) => Promise<unknown>;
  /** Answers with the error: the head is as it was when the gate was put up, and nothing was sent. */
  readonly answerError: (error: unknown) => void;
  /** Hears of an error that nobody can be answered with any more. */
  readonly report: (error: unknown) => void;
}

const methods = ["writeHead", "flushHeaders", "write", "end"] as const;
type Method = (typeof methods)[number];
type Methods = Record<Method, (...args: readonly unknown[]) => unknown>;
type Call = readonly [method: Method, args: readonly unknown[]];

/** A response as the gate handles it: Node's, with the parts that only some versions have. */
interface RawResponse extends Methods {
  statusCode: number;
  statusMessage?: string;
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly stream?: { destroy(error?: unknown): void };
  getHeaders(): Record<string, unknown>;
  getHeaderNames(): readonly string[];
  setHeader(name: string, value: unknown): unknown;
  appendHeader(name: string, value: unknown): unknown;
  removeHeader(name: string): unknown;
  emit(event: string): boolean;
  destroy?(error?: unknown): void;
}

/**
 * Makes a response wait: nothing of it leaves before `settle` is done, whichever way the application writes it.
 *
 * While it waits, head and body are kept, `write` asks for backpressure, and `headersSent` and `writableEnded` say what
 * the application did. When `settle` fails, what was kept is dropped.
 */
export function holdResponse(response: NodeResponse, options: GateOptions): ResponseGate {
  const gate = new ResponseGate(response as unknown as RawResponse, options);
  gate.putUp();
  return gate;
}

/** `passing`: bytes leave, the end is still to be held; `dropped`: another answer was given. */
type GateState = "open" | "passing" | "held" | "released" | "dropped";

/** See `holdResponse`. */
export class ResponseGate {
  #state: GateState = "open";
  #kept: Call[] = [];
  readonly #response: RawResponse;
  readonly #options: GateOptions;
  readonly #originals: Methods;
  readonly #headersBefore: Record<string, unknown>;

  constructor(response: RawResponse, options: GateOptions) {
    this.#response = response;
    this.#options = options;
    const { writeHead, flushHeaders, write, end } = response;
    this.#originals = { writeHead, flushHeaders, write, end };
    this.#headersBefore = { ...response.getHeaders() };
  }

  /** The methods stay replaced for good: others may have wrapped them since. */
  putUp(): void {
    const response = this.#response;
    for (const method of methods) response[method] = (...args) => this.#call(method, args);
    this.#shadow("headersSent", () => this.#kept.length > 0);
    this.#shadow("writableEnded", () => this.#kept.some(([method]) => method === "end"));
  }

  /** Forgets a head that is kept. @returns false when the response has begun. */
  withdraw(): boolean {
    if (this.#state !== "open") return false;
    this.#kept = [];
    this.#resetHead();
    return true;
  }

  /** Has the client see that the response is not whole. */
  cut(error: unknown): void {
    this.#state = "dropped";
    this.#options.report(error);
    if (this.#response.destroy !== undefined) this.#response.destroy();
    else this.#response.stream?.destroy();
  }

  #shadow(property: "headersSent" | "writableEnded", isKept: () => boolean): void {
    const response = this.#response;
    const prototype: object = Object.getPrototypeOf(response) as object;
    const get = (): unknown => isKept() || Reflect.get(prototype, property, response);
    Object.defineProperty(response, property, { configurable: true, get });
  }

  #call(method: Method, args: readonly unknown[]): unknown {
    if (this.#state === "released" || mustThrow(this.#response, method, args)) return this.#send(method, args);
    if (this.#state === "dropped") return method === "write" ? false : this.#response;
    if (method === "writeHead" && this.#state === "held") {
      throw new InvalidRequestError(
        "The head of the response is written already. Call writeHead() before write() and end().",
      );
    }
    if (method === "writeHead" && this.#state === "open") return this.#keepHead(args);
    if (this.#state === "passing" || (this.#state === "open" && this.#passes(method))) {
      if (method !== "end") return this.#pass(method, args);
    }
    this.#kept.push([method, args]);
    if (this.#state !== "held") this.#hold();
    return method === "write" ? false : this.#response;
  }

  #passes(method: Method): boolean {
    return this.#options.streaming === "end" && method !== "end";
  }

  #pass(method: Method, args: readonly unknown[]): unknown {
    this.#state = "passing";
    this.#sendKept();
    return this.#send(method, args);
  }

  /** The headers are set at once, so that wrong ones throw where they are given, before anything is committed. */
  #keepHead(args: readonly unknown[]): unknown {
    const response = this.#response;
    const [status, second, third] = args;
    response.statusCode = status as number;
    if (typeof second === "string") response.statusMessage = second;
    setHeaders(response, typeof second === "string" ? third : (second ?? third));
    if (this.#kept.length === 0) this.#kept.push(["writeHead", args.filter((arg) => typeof arg !== "object")]);
    return response;
  }

  #hold(): void {
    this.#state = "held";
    this.#options.settle(this.#response.statusCode).then(
      () => this.#release(),
      (error: unknown) => this.#refuse(error),
    );
  }

  #release(): void {
    this.#state = "released";
    try {
      const waits = this.#sendKept() === false;
      // Writers were told to wait; Node itself tells them to go on when its own buffer was full.
      if (!waits && !this.#response.writableEnded) this.#response.emit("drain");
    } catch (error) {
      this.cut(error);
    }
  }

  /** What the last call gave. */
  #sendKept(): unknown {
    const kept = this.#kept;
    this.#kept = [];
    return kept.reduce<unknown>((_, [method, args]) => this.#send(method, args), undefined);
  }

  #send(method: Method, args: readonly unknown[]): unknown {
    return this.#originals[method].apply(this.#response, args as unknown[]);
  }

  #refuse(error: unknown): void {
    const isWhole = this.#kept.some(([method]) => method === "end");
    this.#kept = [];
    if (this.#response.headersSent) return this.cut(error);
    this.#resetHead();
    if (isWhole) {
      this.#state = "released";
      return this.#options.answerError(error);
    }
    // Somebody still writes the body that must not be sent, so nobody else can be let write.
    this.#state = "dropped";
    this.#options.report(error);
    // By name: the head that end() would write goes through the gate, which lets nothing pass any more.
    this.#send("writeHead", [500]);
    this.#send("end", ["Internal Server Error"]);
  }

  #resetHead(): void {
    const response = this.#response;
    response.statusCode = 500;
    // Node takes the text of the status for an empty one.
    response.statusMessage = "";
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(this.#headersBefore)) response.setHeader(name, value);
  }
}

/** Calls that Node answers with an exception are Node's at once, so that they throw in the application's face. */
function mustThrow(response: RawResponse, method: Method, [first]: readonly unknown[]): boolean {
  const status = method === "writeHead" ? Number(first) : response.statusCode;
  if (!(status >= 100 && status <= 999)) return true;
  if (method === "write") return !isChunk(first);
  return method === "end" && first !== undefined && first !== null && typeof first !== "function" && !isChunk(first);
}

function isChunk(value: unknown): boolean {
  return typeof value === "string" || value instanceof Uint8Array;
}

/** As `writeHead` does it: an object, a flat list of names and values, or a list of pairs. */
function setHeaders(response: RawResponse, headers: unknown): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    return;
  }
  const pairs = headers.every(Array.isArray) ? (headers as [string, unknown][]) : pairsOf(headers);
  for (const [name] of pairs) response.removeHeader(name);
  for (const [name, value] of pairs) response.appendHeader(name, value);
}

function pairsOf(flat: readonly unknown[]): [string, unknown][] {
  return flat.flatMap((name, index) =>
    index % 2 === 0 ? [[name as string, flat[index + 1]] as [string, unknown]] : [],
  );
}
