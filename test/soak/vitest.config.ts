import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:soak`; with SOAK_TABLE=write the table in docs/benchmarks.md is written anew. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/soak/**/*.soak.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 60_000,
    pool: "forks",
    fileParallelism: false,
  },
});
