// Loaded before a program (`node --import`): its `athanor` is then the sources, so that nothing has to be built first.
import { registerHooks } from "node:module";

const source = new URL("../../src/", import.meta.url);

registerHooks({
  resolve(specifier, context, nextResolve) {
    const match = /^athanor(?:\/(.+))?$/.exec(specifier);
    if (match === null) return nextResolve(specifier, context);
    return nextResolve(new URL(`${match[1] ?? "index"}.ts`, source).href, context);
  },
});
