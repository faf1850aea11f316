// Hono: one middleware, before the routes. `app.fetch` serves wherever a Request comes in.
import { dbSessionMiddleware } from "athanor/hono";
import { Hono } from "hono";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

export const app = new Hono();
app.use(dbSessionMiddleware());

app.get("/accounts", async (context) => context.json(await listAccounts()));
app.post("/accounts", async (context) => context.json(await openAccount(await context.req.json()), 201));
app.post("/transfers", async (context) => context.json(await transfer(await context.req.json()), 201));

app.onError((error) => {
  const { status, body } = answerTo(error);
  return Response.json(body, { status });
});
