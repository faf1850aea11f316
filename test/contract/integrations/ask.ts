import { type ClientRequest, type IncomingMessage, request } from "node:http";

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
  /** False when the connection broke off before the end of the body. */
  readonly isWhole: boolean;
}

/** A request that may be aborted at any moment. */
export interface Asking {
  readonly request: ClientRequest;
  readonly reply: Promise<Reply>;
}

/** Asks a server on this machine, over a connection of its own. `onHead` is called before the body is read. */
export function begin(url: string, onHead: (status: number) => unknown = () => undefined): Asking {
  const asked = request(url, { agent: false });
  const reply = new Promise<Reply>((resolve, reject) => {
    asked.on("error", reject);
    asked.on("response", (response) => {
      read(response, onHead).then(resolve, reject);
    });
  });
  asked.end();
  return { request: asked, reply };
}

export function ask(url: string, onHead?: (status: number) => unknown): Promise<Reply> {
  return begin(url, onHead).reply;
}

async function read(response: IncomingMessage, onHead: (status: number) => unknown): Promise<Reply> {
  const { headers, statusCode: status = 0 } = response;
  await onHead(status);
  let body = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => (body += chunk));
  response.on("error", () => undefined);
  await new Promise((resolve) => response.on("close", resolve));
  return { status, body, headers, isWhole: response.complete };
}
