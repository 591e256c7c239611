/** Runs the journey of the crashing app on the hub named in the first argument, or goes on with it; prints the outcome. */
import { createVirtualClock } from "../../../src/local/clock/virtual.ts";
import { readNewestTimestampMs } from "../../../src/local/durable/newest-timestamp.ts";
import { createLocalHost } from "../../../src/local/host/create-local-host.ts";

const hubFile = process.argv[2] ?? "";
const clock = createVirtualClock({ startMs: readNewestTimestampMs(hubFile) ?? Date.parse("2026-11-20T13:00:00Z"), between: "frozen" });
const host = await createLocalHost({
  entryPoints: [new URL("apps/crash-app.ts", import.meta.url)],
  clock,
  hubFile,
  hubName: "CrashHub",
  log: () => undefined,
  environment: {},
});
if (host.instances({ instanceIdPrefix: "journey" }).length === 0) {
  await host.request("POST", "/runtime/webhooks/durabletask/orchestrators/journey/journey-1");
}
const end = await host.waitForEnd("journey-1");
await host.stop();
process.stdout.write(`${JSON.stringify({ status: end.runtimeStatus, output: end.output, endedAt: end.lastUpdatedTime })}\n`);
