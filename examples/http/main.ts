// npm start -w examples/http
import { createServer } from "node:http";
import { run } from "../bank/index.ts";
import { app } from "./app.ts";

await run((port) => createServer(app).listen(port, "127.0.0.1"));
