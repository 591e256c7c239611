import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/soak/**", "test/host/**"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // Many tests wait for real seconds: one more than the cores that a small machine has.
    maxWorkers: 3,
  },
});
