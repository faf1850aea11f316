// Makes `athanor` of this folder's imports the sources of this repository, so that nothing has to be built first. Loading
// the built package is measured apart, by the contest "import".
import { registerHooks } from "node:module";

const source = new URL("../src/", import.meta.url);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const match = /^athanor(?:\/(.+))?$/.exec(specifier);
    if (match === null) return nextResolve(specifier, context);
    return nextResolve(new URL(`${match[1] ?? "index"}.ts`, source).href, context);
  },
});
