/** Run by itself: loads the entry points of the folder that is named on the local host, and prints which functions they register. */
import { globSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { systemClock } from "../../src/clock/clock.ts";
import { createLocalHost } from "../../src/local/host/create-local-host.ts";
import { functionsCore } from "../../src/local/host/functions-core.ts";

const entryPoints = globSync(`${process.argv[2]}/*.js`)
  .sort()
  .map((path) => pathToFileURL(path));
const host = await createLocalHost({
  entryPoints,
  clock: systemClock,
  hubFile: ":memory:",
  hubName: "package",
  log: () => {},
  environment: {},
  runsTimers: false,
});
const { status } = await host.request("GET", "/api/health");
const functions = (await functionsCore().load(entryPoints)).map(({ metadata }) => metadata.name).sort();
process.stdout.write(`registered ${JSON.stringify({ health: status, functions })}\n`);
await host.stop();
