// `npm run bench`: see docs/performance.md, or `npm run bench -- --help`.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const help = `npm run bench -- [options]
  --quick        fewer rounds, without the largest contests: under 3 minutes instead of 20
  --only NAME    only contests whose name begins so (get, rows, eager, insert, update, flush, build, request,
                 order-entry, stream, memory, scope, import, types); several may be named. The other figures stay as they were
  --docs         afterwards writes the tables of docs/performance.md
  --report       measures nothing: pictures and, with --docs, tables of the last results
BENCH_POSTGRESQL_URL names a database to use, whose schema "public" is replaced; otherwise a server is started.`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    docs: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) console.log(help);
else if (!existsSync(join(import.meta.dirname, "node_modules"))) {
  console.error("bench: the competitors are not installed; run: npm ci --prefix bench");
  process.exitCode = 1;
} else {
  // dates without a zone, as SQLite has them, are UTC; some read them as local time
  process.env["TZ"] = "UTC";
  await import("./library.ts");
  const { run } = await import("./run.ts");
  process.exitCode = await run({ ...values, mode: values.quick ? "quick" : "full" });
  process.exit();
}
