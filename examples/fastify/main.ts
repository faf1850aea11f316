// npm start -w examples/fastify
import { run } from "../bank/index.ts";
import { makeApp } from "./app.ts";

await run(async (port) => {
  const app = await makeApp();
  await app.listen({ port, host: "127.0.0.1" });
  return app.server;
});
