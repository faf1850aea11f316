// npm start -w examples/koa
import { run } from "../bank/index.ts";
import { app } from "./app.ts";

await run((port) => app.listen(port, "127.0.0.1"));
