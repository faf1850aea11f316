// Fastify 5: one plugin, registered before the routes.
import { dbSessionPlugin } from "athanor/fastify";
import fastify, { type FastifyInstance } from "fastify";
import { answerTo, listAccounts, openAccount, transfer } from "../bank/index.ts";

export async function makeApp(): Promise<FastifyInstance> {
  const app = fastify();
  await app.register(dbSessionPlugin);

  app.get("/accounts", () => listAccounts());
  app.post("/accounts", async (request, reply) => {
    reply.code(201);
    return openAccount(request.body);
  });
  app.post("/transfers", async (request, reply) => {
    reply.code(201);
    return transfer(request.body);
  });

  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = answerTo(error);
    return reply.code(status).send(body);
  });
  return app;
}
