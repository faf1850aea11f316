// npm start -w examples/nest
import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { run } from "../bank/index.ts";
import { AppModule } from "./app.ts";

await run(async (port) => {
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(port, "127.0.0.1");
  return app.getHttpServer();
});
