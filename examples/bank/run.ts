// Makes the tables, listens on PORT (3000) and stops when told.
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { database } from "./database.ts";
import { Base } from "./models.ts";

export async function run(listen: (port: number) => Server | Promise<Server>): Promise<void> {
  await Base.metadata.createAll(await database.engine());
  const server = await listen(Number(process.env["PORT"] ?? 3000));
  if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/accounts`);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close(() => void database.close()));
}
