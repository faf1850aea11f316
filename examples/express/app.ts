// Express 5: one middleware, after body parsers and before the routes.
import { dbSessionMiddleware } from "athanor/express";
import express, { type ErrorRequestHandler } from "express";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

export const app = express();
app.use(express.json());
app.use(dbSessionMiddleware());

app.get("/accounts", async (_request, response) => {
  response.json(await listAccounts());
});
app.post("/accounts", async (request, response) => {
  response.status(201).json(await openAccount(request.body));
});
app.post("/transfers", async (request, response) => {
  response.status(201).json(await transfer(request.body));
});

const answerError: ErrorRequestHandler = (error, _request, response, _next) => {
  const { status, body } = answerTo(error);
  response.status(status).json(body);
};
app.use(answerError);
