import { createServer, type AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { systemClock, type Clock } from "../../src/clock/clock.ts";
import { createOpenTelemetry } from "../../src/functions/wiring/open-telemetry.ts";
import { chooseTelemetry } from "../../src/settings/telemetry.ts";
import { carryOut, estateOf, failedJob, simulateRun, withSimulatedApp } from "../support/simulated-run.ts";
import { retrySummary, runCommand, temporaryFolder, type Finished } from "../support/command-line.ts";
import { connectionStringTo, rowsOf, startIngestion } from "./ingestion.ts";

const hook = (name: string): string[] => ["--import", fileURLToPath(new URL(name, import.meta.url))];

const ESTATE = estateOf([
  { name: "vm-a", jobs: [failedJob("BackUpOperationFailed")] },
  { name: "vm-b", jobs: [failedJob("UserErrorFsFreezeFailed")] },
]);

/** A port that nobody listens on any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function retry(settings: Readonly<Record<string, string>>, nodeFlags: readonly string[] = []): Promise<Finished> {
  const args = ["retry", "--generate", "items=40,failed=0.5,seed=7", "--state", temporaryFolder(), "--run-id", "told", "--json"];
  return runCommand(args, { settings, nodeFlags });
}

describe("telemetry does no harm", { timeout: 120_000 }, () => {
  it("U3: a run is the same whether telemetry arrives, hangs, is refused or finds nobody", async () => {
    const { report: expected } = await simulateRun(ESTATE);
    for (const behaviour of ["takes", "silent", 503, 400, "nobody"] as const) {
      await using ingestion = await startIngestion(behaviour === "nobody" ? "takes" : behaviour);
      const connectionString = behaviour === "nobody" ? connectionStringTo(await closedPort()) : ingestion.connectionString;
      let endedMs = 0;
      await withSimulatedApp(
        ESTATE,
        async (app) => {
          const { report } = await carryOut(app, { runId: "test-run" });
          expect(report, String(behaviour)).toEqual(expected);
          endedMs = performance.now();
        },
        { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString },
      );
      // It was really tried, and the app did not wait for it for longer than it may.
      if (behaviour !== "nobody") expect(ingestion.requests, String(behaviour)).toBeGreaterThan(0);
      expect(performance.now() - endedMs, String(behaviour)).toBeLessThan(6_000);
    }
  });

  it("U3: a command ends although its telemetry is never answered", async () => {
    await using ingestion = await startIngestion("silent");
    const beganMs = performance.now();
    const told = await retry({ APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString });
    const tookMs = performance.now() - beganMs;
    const untold = await retry({});
    const { report: _told, ...summary } = retrySummary(told);
    const { report: _untold, ...expected } = retrySummary(untold);
    expect(summary).toEqual(expected);
    expect([told.code, told.stderr]).toEqual([untold.code, ""]);
    expect(ingestion.requests).toBeGreaterThan(0);
    expect(tookMs).toBeLessThan(60_000);
  });

  it("U3: an app that has stopped keeps no request under way that would keep its process", async () => {
    await using ingestion = await startIngestion("silent");
    const [, origin = ""] = /IngestionEndpoint=(.*?)\/?$/.exec(ingestion.connectionString) ?? [];
    const destination = { connectionString: ingestion.connectionString, signsIn: false, plainHttpOrigin: origin, roleName: "r" };
    const telemetry = createOpenTelemetry({ destination, clock: systemClock });
    telemetry.record({ name: "Throttled", level: "warning", message: "m", attributes: {} });
    await telemetry.close();
    expect(ingestion.requests).toBeGreaterThan(0);
    await expect.poll(() => ingestion.openConnections(), { timeout: 2_000 }).toBe(0);
  });

  it("U3: without a destination nothing of OpenTelemetry is loaded; with one, nobody else is called", async () => {
    const untold = await retry({}, hook("../process/list-modules.mjs"));
    expect(untold.stderr).toContain("/wiring/telemetry.");
    expect(
      untold.stderr
        .split("\n")
        .filter((url) => /monitor-opentelemetry|@opentelemetry\/(?!api\/)|wiring\/(open-telemetry|exporters)\./.test(url)),
    ).toEqual([]);
    await using ingestion = await startIngestion();
    const told = await retry({ APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString }, hook("open-connections.mjs"));
    expect(ingestion.envelopes.length).toBeGreaterThan(20);
    const called = new Set(told.stderr.split("\n").flatMap((line) => /^connected: (.*)$/.exec(line)?.[1] ?? []));
    expect([...called]).toEqual(["127.0.0.1"]);
  });

  it("U3: what throws while it tells leaves the step as it is, and what a step throws is thrown on", async () => {
    await using ingestion = await startIngestion();
    const thrower: Clock = {
      ...systemClock,
      now: () => {
        throw new Error("no time");
      },
    };
    const destination = {
      connectionString: ingestion.connectionString,
      signsIn: false,
      plainHttpOrigin: "http://127.0.0.1:1",
      roleName: "r",
    };
    for (const clock of [systemClock, thrower]) {
      const telemetry = createOpenTelemetry({ destination, clock });
      let runs = 0;
      const result = await telemetry.step({ name: "a", kind: "step" }, async (open) => {
        runs++;
        open.fail("code");
        telemetry.annotate({ "reprise.item": "x" });
        telemetry.record({ name: "Throttled", level: "warning", message: "m", attributes: {} });
        telemetry.add("reprise.throttled.wait", Number.NaN, {});
        return "given";
      });
      expect([result, runs]).toEqual(["given", 1]);
      const surprise = new RangeError("of the step");
      await expect(telemetry.step({ name: "b", kind: "step" }, () => Promise.reject(surprise))).rejects.toBe(surprise);
      await telemetry.close();
    }
  });

  it("U3: a step is a child of the host's, whose flag says nothing about us", async () => {
    await using ingestion = await startIngestion();
    const [, origin = ""] = /IngestionEndpoint=(.*?)\/?$/.exec(ingestion.connectionString) ?? [];
    const destination = { connectionString: ingestion.connectionString, signsIn: false, plainHttpOrigin: origin, roleName: "func-x" };
    const telemetry = createOpenTelemetry({ destination, clock: systemClock });
    const traceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    await telemetry.step({ name: "outer", kind: "step", traceParent, attributes: { "reprise.run": "r" } }, () =>
      telemetry.step({ name: "inner", kind: "call", target: "Resource Graph" }, async () =>
        telemetry.record({ name: "Throttled", level: "warning", message: "m", attributes: {} }),
      ),
    );
    await telemetry.close();
    const rows = rowsOf(ingestion.envelopes);
    const steps = (rows.get("appdependencies") ?? []).map(([, role, operation, parent, , id, name]) => ({
      role,
      operation,
      parent,
      id,
      name,
    }));
    const [inner, outer] = [steps.find(({ name }) => name === "inner"), steps.find(({ name }) => name === "outer")];
    expect(outer).toMatchObject({ role: "func-x", operation: "4bf92f3577b34da6a3ce929d0e0e4736", parent: "00f067aa0ba902b7" });
    expect(inner).toMatchObject({ operation: outer?.operation, parent: outer?.id });
    expect(rows.get("apptraces")).toMatchObject([
      [expect.any(Number), "func-x", outer?.operation, inner?.id, { "reprise.run": "r" }, "m", 2],
    ]);
  });

  it("C13: no secret, token or address of a webhook leaves", async () => {
    await using ingestion = await startIngestion();
    const settings = {
      APPLICATIONINSIGHTS_CONNECTION_STRING: ingestion.connectionString,
      REPRISE_NOTIFY_URL: "http://127.0.0.1:9/hush/hushpath?sig=hushquery",
      REPRISE_NOTIFY_SIMULATED: "true",
      REPRISE_NOTIFY_WHEN: "always",
    };
    await withSimulatedApp(ESTATE, (app) => carryOut(app, { runId: "test-run" }), settings);
    expect(ingestion.raw).toContain("RunEnded");
    expect(ingestion.raw).not.toMatch(/hush|Bearer|authorization"|AccountKey|eyJ/i);
  });
});

describe("where telemetry goes", () => {
  const KEY = "InstrumentationKey=00000000-0000-4000-8000-000000000000";
  const to = (text: string, isSimulated = false, authentication?: string): unknown =>
    chooseTelemetry(
      {
        APPLICATIONINSIGHTS_CONNECTION_STRING: text,
        ...(authentication !== undefined && { APPLICATIONINSIGHTS_AUTHENTICATION_STRING: authentication }),
      },
      { isSimulated },
    );

  it("U3: nowhere when it is not said or the run is simulated, unless to this machine", () => {
    expect(chooseTelemetry({}, { isSimulated: false })).toEqual({ kind: "none" });
    expect(to(" ")).toEqual({ kind: "none" });
    expect(to(`${KEY};IngestionEndpoint=https://westeurope-0.in.applicationinsights.azure.com/`)).toMatchObject({ kind: "to" });
    expect(to(`${KEY};IngestionEndpoint=https://westeurope-0.in.applicationinsights.azure.com/`, true)).toEqual({ kind: "none" });
    expect(to(`${KEY};IngestionEndpoint=http://127.0.0.1:1/`, true)).toMatchObject({
      kind: "to",
      destination: { plainHttpOrigin: "http://127.0.0.1:1" },
    });
  });

  it("C13: with the app's identity where that is asked for, never over plain http", () => {
    const https = `${KEY};IngestionEndpoint=https://westeurope-0.in.applicationinsights.azure.com/`;
    const identity = "ClientId=11111111-1111-4111-8111-111111111111;Authorization=AAD";
    expect(to(https, false, identity)).toMatchObject({ destination: { signsIn: true } });
    expect(to(https)).toMatchObject({ destination: { signsIn: false } });
    expect(to(`${KEY};IngestionEndpoint=http://127.0.0.1:1/`, false, identity)).toMatchObject({ destination: { signsIn: false } });
  });

  it.each([
    "@Microsoft.KeyVault(VaultName=v;SecretName=s)",
    "InstrumentationKey=nonsense;IngestionEndpoint=https://a.example/",
    `${KEY};IngestionEndpoint=http://a.example/`,
    "hush",
  ])("U5: what is no connection string turns telemetry off with a sentence that does not show it, and stops nothing: %s", (text) => {
    const choice = to(text) as { kind: string; problem: string };
    expect(choice.kind).toBe("wrong");
    expect(choice.problem).toMatch(/^APPLICATIONINSIGHTS_CONNECTION_STRING: found .*; allowed: .*Telemetry is off\.$/);
    expect(choice.problem).not.toContain(text);
  });
});
