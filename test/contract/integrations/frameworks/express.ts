import { Readable } from "node:stream";
import express5, { type ErrorRequestHandler, type Express, type Response } from "express";
// @ts-expect-error: the types that are installed are those of Express 5, under another name
import express4 from "express-4";
import { dbSessionMiddleware } from "../../../../src/express.ts";
import {
  type Answer,
  type Application,
  type Framework,
  listen,
  messageOf,
  type Route,
  statusOf,
  urlOf,
  type Wishes,
} from "./framework.ts";

export const express: Framework = {
  name: "Express 5",
  start: (route, wishes) => start(express5(), route, wishes),
};

export const expressFour: Framework = {
  name: "Express 4",
  start: (route, wishes) => start((express4 as typeof express5)(), route, wishes),
};

async function start(app: Express, route: Route, wishes: Wishes): Promise<Application> {
  const handled: unknown[] = [];
  app.use(dbSessionMiddleware(wishes.options));
  app.use((request, response, next) => {
    // Express 4 does not wait for promises
    void answer(response, () => route(urlOf(request)), next);
  });
  const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
    handled.push(error);
    response.status(statusOf(error)).send(messageOf(error));
  };
  app.use(answerError);
  return listen(app, handled, wishes);
}

async function answer(response: Response, ask: () => Promise<Answer>, next: (error: unknown) => void): Promise<void> {
  try {
    const { status, body = "" } = await ask();
    response.status(status).set("x-route", "yes");
    if (typeof body === "string") response.send(body);
    else
      Readable.from(body)
        .on("error", () => response.destroy())
        .pipe(response);
  } catch (error) {
    next(error);
  }
}
