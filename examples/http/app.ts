// node:http: `withDbSession` around the whole application.
import type { IncomingMessage, ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { withDbSession } from "athanor/http";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /accounts") send(response, 200, await listAccounts());
  else if (route === "POST /accounts") send(response, 201, await openAccount(await json(request)));
  else if (route === "POST /transfers") send(response, 201, await transfer(await json(request)));
  else send(response, 404, { error: "There is nothing here." });
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function answerError(error: unknown, _request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = answerTo(error);
  send(response, status, body);
}

export const app = withDbSession(answer, { answerError });
