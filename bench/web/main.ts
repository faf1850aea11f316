// `npm run bench:web`: every framework under load, with requests that fail and clients that go; see
// docs/guides/web-frameworks.md. Ends with 1 when a connection leaked or a row is wrong.
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import type { LoadReport, Outcome, Outcomes } from "../../test/contract/integrations/load.ts";
import { startMariadb } from "../../test/servers/mariadb.ts";
import { startPostgresql } from "../../test/servers/postgresql.ts";

await import("../library.ts");
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "20" },
    clients: { type: "string", default: "50" },
    database: { type: "string", multiple: true, default: ["postgresql", "mariadb"] },
    only: { type: "string", default: "" },
  },
});

const starts = { postgresql: startPostgresql, mariadb: startMariadb };
const { frameworks } = await import("../../test/contract/integrations/frameworks/index.ts");
const { runLoad } = await import("../../test/contract/integrations/load.ts");
const { Base } = await import("../../test/contract/integrations/notes.ts");
const { createAsyncEngine } = await import("../../src/facade/async-engine.ts");

console.log("| database | framework | requests | 2xx | failed | aborted | rows | leaked | wrong |");
console.log("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
for (const database of values.database) {
  if (database !== "postgresql" && database !== "mariadb") throw new Error(`there is no database ${database} here`);
  const server = await starts[database]();
  for (const framework of frameworks.filter(
    ({ name, skipped }) => skipped === undefined && name.startsWith(values.only),
  )) {
    const engine = createAsyncEngine(server.url, { poolSize: 10, maxOverflow: 0, poolTimeout: 20 });
    await Base.metadata.dropAll(engine);
    await Base.metadata.createAll(engine);
    tell(database, framework.name, await runLoad(framework, engine, askElsewhere));
    await engine.dispose();
  }
  await server.stop();
}
process.exit();

async function askElsewhere(url: string): Promise<Outcomes> {
  const milliseconds = String(Number(values.seconds) * 1000);
  const child = fork(new URL("clients.ts", import.meta.url), [url, values.clients, milliseconds]);
  const [outcomes] = (await once(child, "message")) as [(readonly [string, Outcome])[]];
  return new Map(outcomes);
}

function tell(database: string, framework: string, report: LoadReport): void {
  const { sent, succeeded, failed, aborted, rows, leaked, wrong } = report;
  // A row more than there are successes is that of a client that went while the commit was under way.
  const isSound = leaked === 0 && wrong.length === 0 && rows <= succeeded + aborted;
  if (!isSound) process.exitCode = 1;
  const cells = [database, framework, sent, succeeded, failed, aborted, rows, leaked, wrong.length];
  console.log(`| ${cells.join(" | ")} |`);
  for (const line of wrong.slice(0, 10)) console.error(line);
}
