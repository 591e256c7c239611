import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** `npm run test:host`: the app on the real Functions host. Minutes, not seconds: a killed host's leases have to run out before the next one goes on. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["test/host/**/*.test.ts"],
    globalSetup: ["test/host/announce-skip.ts"],
    testTimeout: 600_000,
    hookTimeout: 300_000,
    fileParallelism: false,
    pool: "forks",
  },
});
