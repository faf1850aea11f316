import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^athanor$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^athanor\/(.+)$/, replacement: `${import.meta.dirname}/src/$1.ts` },
    ],
  },
  test: {
    include: ["test/{unit,contract,jit,model,package,docs,examples}/**/*.test.ts"],
    globalSetup: "test/global-setup.ts",
    setupFiles: ["test/close-engines.ts", "test/colours/compare-colours.ts"],
    reporters: ["default", "./test/total-reporter.ts"],
    pool: "forks",
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
