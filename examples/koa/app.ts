// Koa 3: one middleware, before the routes and after what makes responses of errors.
import { json } from "node:stream/consumers";
import { dbSessionMiddleware } from "athanor/koa";
import Koa from "koa";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

export const app = new Koa();
app.use(async (context, next) => {
  try {
    await next();
  } catch (error) {
    Object.assign(context, answerTo(error));
  }
});
app.use(dbSessionMiddleware());

app.use(async (context) => {
  const route = `${context.method} ${context.path}`;
  if (route === "GET /accounts") context.body = await listAccounts();
  else if (route === "POST /accounts") {
    context.body = await openAccount(await json(context.req));
    context.status = 201;
  } else if (route === "POST /transfers") {
    context.body = await transfer(await json(context.req));
    context.status = 201;
  }
});
