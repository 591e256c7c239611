/**
 * A host process that kills itself. In (arguments): the state directory, the estate's file, how long (ms) no host worked before it, a phase and the number of
 * the moment in it, or nothing to go on to the end. Out: at the end one line of JSON: the report, what the simulated service holds, and how many moments each phase had in this process.
 */
import { readFileSync } from "node:fs";
import { openSimulatedApp } from "../../src/local/app.ts";
import { parseEstate } from "../../src/local/azure/estate/estate.ts";
import { crashPoints } from "./crash-points.ts";

const [stateDir = "", estateFile = "", downMs = "0", phase = "", nth = "0"] = process.argv.slice(2);
const moments: Record<string, number> = {};
let left = Number(nth);

const app = await openSimulatedApp({
  estate: parseEstate(readFileSync(estateFile, "utf8")),
  stateDir,
  between: "frozen",
  environment: {},
  timers: false,
  log: () => {},
  faults: {
    ...crashPoints((reached) => {
      moments[reached] = (moments[reached] ?? 0) + 1;
      if (reached === phase && --left === 0) process.kill(process.pid, "SIGKILL");
    }),
    downMs: Number(downMs),
  },
});
const started = await app.host.request("POST", "/api/runs", JSON.stringify({ runId: "soak" }), { "content-type": "application/json" });
if (started.status >= 300) throw new Error(`POST /api/runs: ${started.status} ${started.body}`);
const ended = await app.host.waitForEnd("soak");
if (ended.runtimeStatus !== "Completed") throw new Error(`the run ended as ${ended.runtimeStatus}: ${JSON.stringify(ended.output)}`);
const report: unknown = JSON.parse((await app.host.request("GET", "/api/runs/soak/report?format=json")).body);
const state = await app.clock.work(async () =>
  app.simulator?.handle({ method: "GET", url: "http://127.0.0.1/_simulator/state", headers: {}, body: "" }),
);
if (state === undefined || state === "drop") throw new Error("the simulator did not answer");
process.stdout.write(`${JSON.stringify({ report, items: (JSON.parse(state.body) as { items: unknown }).items, moments })}\n`);
await app.stop();
