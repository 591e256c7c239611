import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { systemClock, type Clock } from "../../../src/clock/clock.ts";
import { createLedger } from "../../../src/cloud/ledger/ledger.ts";
import { notifyEnded, notifyRun, type Notified, type NotifyDependencies } from "../../../src/cloud/notify/notify.ts";
import { renderReportHtml } from "../../../src/cloud/report/html.ts";
import type { RunReport } from "../../../src/policy/report.ts";
import { parseSettings, type CloudSettings, type Environment } from "../../../src/settings/settings.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";
import { coverageReport, itemReport, runReport } from "../../support/report-fixture.ts";
import { startServer, type LoopbackServer, type Reply } from "../azure/loopback-server.ts";

const TOKEN = "/hook/hush-token?sig=hush-signature";
const FAILING = runReport([itemReport({ decision: "failing", reason: "Still fails." }), itemReport({ item: "vm-b" })]);
const WELL = runReport([itemReport()]);

/** Real requests; the waits between them pass at once and are kept. */
function appOf(answerWithinMs = 5_000): NotifyDependencies & { readonly waits: number[] } {
  const waits: number[] = [];
  const clock: Clock = { ...systemClock, sleep: (ms) => Promise.resolve(void waits.push(ms)) };
  return { clock, ledger: createLedger(createMemoryStore()), answerWithinMs, waits };
}

const hangs = (replies: readonly Reply[]): boolean => replies.some(({ silent }) => silent === true);

function settingsOf(server: Pick<LoopbackServer, "url">, environment: Environment = {}): CloudSettings {
  return parseSettings({ REPRISE_NOTIFY_URL: `${server.url}${TOKEN}`, ...environment });
}

async function notifyWith(
  replies: readonly Reply[],
  report: RunReport = FAILING,
  environment: Environment = {},
): Promise<{ readonly notified: Notified; readonly requests: LoopbackServer["received"]; readonly waits: number[] }> {
  await using server = await startServer((_request, count) => replies[Math.min(count, replies.length) - 1] ?? {});
  const app = appOf(hangs(replies) ? 300 : undefined);
  const notified = await notifyRun(app, settingsOf(server, environment), report);
  return { notified, requests: server.received, waits: app.waits };
}

describe("notifications", () => {
  it("C15: are one POST of JSON to the webhook", async () => {
    const { notified, requests } = await notifyWith([{ status: 202 }]);
    expect(notified).toEqual({ sent: true });
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ method: "POST", url: TOKEN, headers: { "content-type": "application/json; charset=utf-8" } });
    expect(requests[0]?.body).toMatchObject({
      message_type: "summary",
      runId: FAILING.runId,
      failing: 1,
      recovered: 1,
      report: `/api/runs/${FAILING.runId}/report`,
    });
    expect(requests[0]?.body).not.toHaveProperty("decisions");
  });

  it.each<[string, RunReport, boolean]>([
    ["items still fail", FAILING, true],
    ["the run failed", runReport([], { status: "failed", problem: "no token" }), true],
    ["not everything was seen", runReport([], { coverage: coverageReport({ complete: false }) }), true],
    ["all is well", WELL, false],
    ["nothing had failed", runReport([]), false],
  ])("C15: when %s, by default: sent?", async (_when, report, expected) => {
    expect((await notifyWith([{}], report)).requests).toHaveLength(expected ? 1 : 0);
    expect((await notifyWith([{}], report, { REPRISE_NOTIFY_WHEN: "always" })).notified.sent).toBe(true);
    expect((await notifyWith([{}], report, { REPRISE_NOTIFY_WHEN: "never" })).requests).toEqual([]);
  });

  it("C15: are tried three times when the receiver is busy or gone, with growing waits or those it asks for", async () => {
    const later = await notifyWith([{ status: 429, headers: { "retry-after": "7" } }, { status: 500 }, { status: 200 }]);
    expect(later.notified).toEqual({ sent: true });
    expect(later.requests).toHaveLength(3);
    expect(later.waits).toEqual([7_000, 8_000]);
    const reset = await notifyWith([{ drop: true }, { status: 200 }]);
    expect(reset.notified).toEqual({ sent: true });
    expect(reset.waits).toEqual([2_000]);
    const never = await notifyWith([{ status: 503 }]);
    expect(never.requests).toHaveLength(3);
    expect(never.notified).toEqual({
      sent: false,
      warning: expect.stringMatching(
        /^The notification of run \S+ was not sent: http:\/\/127\.0\.0\.1:\d+\/\*\*\*: it answered 503 \(3 tries\)\.$/,
      ),
    });
    const patient = await notifyWith([{ status: 429, headers: { "retry-after": "3600" } }]);
    expect(patient.requests).toHaveLength(1);
    expect(patient.notified.warning).toContain("it answered 429 and asked to wait for 3600 s");
  });

  it.each([400, 401, 403, 404, 410, 413])("C15: are not repeated after %i", async (status) => {
    const { notified, requests } = await notifyWith([{ status, text: "no, hush-token" }]);
    expect(requests).toHaveLength(1);
    expect(notified.warning).toContain(`it answered ${status}.`);
  });

  it("C13: follow no redirect, to whatever host", async () => {
    await using other = await startServer(() => ({}));
    for (const status of [301, 302, 303, 307, 308]) {
      const { notified, requests } = await notifyWith([{ status, headers: { location: `${other.url}/hush-elsewhere` } }]);
      expect(requests).toHaveLength(1);
      expect(notified.sent).toBe(false);
      expect(notified.warning).toContain(`it answered ${status}, a redirect, which is not followed.`);
      expect(notified.warning).not.toContain("hush");
    }
    expect(other.received).toEqual([]);
  });

  it("C15: a receiver that hangs, cuts off or is not there costs a warning and some seconds", async () => {
    const hanging = await notifyWith([{ silent: true }]);
    expect(hanging.requests).toHaveLength(3);
    expect(hanging.notified.warning).toContain("there was no answer within 0.3 s (3 tries)");
    const gone = await closedPort();
    const app = appOf();
    expect((await notifyRun(app, settingsOf({ url: `http://127.0.0.1:${gone}` }), FAILING)).warning).toContain(
      "it could not be reached (ECONNREFUSED) (3 tries)",
    );
    expect((await notifyWith([{ status: 200, cut: true }])).notified.sent).toBe(true);
  });

  it("C15: an endless answer is not read", async () => {
    const { notified } = await notifyWith([{ status: 200, text: "x".repeat(5_000_000) }]);
    expect(notified.sent).toBe(true);
  });

  it("C12: an activity that is executed twice, at once or later, sends once", async () => {
    await using server = await startServer(() => ({}));
    const app = appOf();
    const settings = settingsOf(server, { REPRISE_NOTIFY_HEARTBEAT_URL: `${server.url}/beat` });
    const results = await Promise.all(Array.from({ length: 10 }, () => notifyRun(app, settings, FAILING)));
    expect(results.filter(({ sent }) => sent)).toHaveLength(1);
    expect(await notifyRun(app, settings, FAILING)).toEqual({ sent: false });
    expect(server.received.map(({ method }) => method).toSorted()).toEqual(["GET", "POST"]);
    await notifyRun(app, settings, { ...FAILING, runId: "another" });
    expect(server.received).toHaveLength(4);
  });

  it("C12: a host killed while it sent sends nothing when it is back", async () => {
    await using server = await startServer(() => ({}));
    const app = appOf();
    void notifyRun({ ...app, send: () => new Promise(() => {}) }, settingsOf(server), FAILING);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await notifyRun(app, settingsOf(server), FAILING)).toEqual({ sent: false });
    expect(server.received).toEqual([]);
  });

  it("C15: a heartbeat is fetched after every completed run, whatever is told", async () => {
    for (const [report, expected] of [
      [WELL, 1],
      [FAILING, 1],
      [runReport([], { status: "failed" }), 0],
      [runReport([], { status: "cancelled" }), 0],
    ] as const) {
      const { requests, notified } = await notifyBeat(report);
      expect(requests.filter(({ method }) => method === "GET")).toHaveLength(expected);
      expect(notified).toEqual({ sent: false });
    }
  });

  it("C15: a heartbeat that fails is a warning of its own", async () => {
    await using server = await startServer((request) => ({ status: request.method === "GET" ? 404 : 200 }));
    const settings = settingsOf(server, { REPRISE_NOTIFY_HEARTBEAT_URL: `${server.url}/hush-beat` });
    const notified = await notifyRun(appOf(), settings, FAILING);
    expect(notified).toEqual({ sent: true, warning: expect.stringContaining("The heartbeat of run") });
    expect(notified.warning).not.toContain("hush");
  });

  it("nothing is sent for a simulated control plane unless asked", async () => {
    const simulated = { REPRISE_ARM_ENDPOINT: "http://127.0.0.1:1" };
    const { requests, notified } = await notifyWith([{}], FAILING, simulated);
    expect(requests).toEqual([]);
    expect(notified).toEqual({ sent: false, warning: expect.stringContaining("REPRISE_NOTIFY_SIMULATED=true") });
    expect((await notifyWith([{}], FAILING, { ...simulated, REPRISE_NOTIFY_SIMULATED: "true" })).notified).toEqual({ sent: true });
  });

  it("C15: are taken from the stored report of an ended run, and nothing fails when there is none or the store is ill", async () => {
    await using server = await startServer(() => ({}));
    const app = appOf();
    const settings = settingsOf(server);
    expect(await notifyEnded(app, settings, FAILING.runId)).toEqual({ sent: false });
    await app.ledger.writeReport(FAILING, renderReportHtml(FAILING));
    expect(await notifyEnded(app, settings, FAILING.runId)).toEqual({ sent: true });
    expect(await notifyEnded(app, settings, FAILING.runId)).toEqual({ sent: false });
    expect(server.received).toHaveLength(1);
    const ill = createLedger({
      ...createMemoryStore(),
      get: () => Promise.reject(new Error("hush")),
      create: () => Promise.reject(new Error("hush")),
    });
    const warnings = [
      await notifyEnded({ ...app, ledger: ill }, settings, "x"),
      await notifyRun({ ...app, ledger: ill }, settings, FAILING),
    ];
    for (const { sent, warning } of warnings) {
      expect(sent).toBe(false);
      expect(warning).toMatch(/an unexpected Error\.$/);
    }
  });

  it("C15: what was sent counts as sent although the store cannot take the record of it", async () => {
    await using server = await startServer(() => ({}));
    const ledger = createLedger({ ...createMemoryStore(), put: () => Promise.reject(new Error("full")) });
    expect(await notifyRun({ ...appOf(), ledger }, settingsOf(server), FAILING)).toEqual({ sent: true });
  });

  it("C13: an unresolved Key Vault reference is a warning, and is not shown", async () => {
    const settings = parseSettings({ REPRISE_NOTIFY_URL: "@Microsoft.KeyVault(SecretUri=https://hush.vault.azure.net/secrets/hook)" });
    const { sent, warning } = await notifyRun(appOf(), settings, FAILING);
    expect(sent).toBe(false);
    expect(warning).toContain("its URL is a Key Vault reference that was not resolved");
    expect(warning).not.toContain("hush");
  });

  it("C13: no warning and no record holds the URL's path, query or token", async () => {
    for (const reply of [{ status: 500, text: TOKEN }, { drop: true }, { silent: true }, { status: 302, headers: { location: TOKEN } }]) {
      await using server = await startServer(() => reply);
      const app = appOf(hangs([reply]) ? 300 : undefined);
      const { warning } = await notifyRun(app, settingsOf(server), FAILING);
      expect(warning).toBeDefined();
      let stored = "";
      for await (const key of app.ledger.store.list("")) stored += key + new TextDecoder().decode((await app.ledger.store.get(key))?.bytes);
      expect(stored).toContain("not-sent");
      expect(`${warning}${stored}`).not.toContain("hush");
    }
  });
});

async function notifyBeat(report: RunReport): Promise<{ readonly notified: Notified; readonly requests: LoopbackServer["received"] }> {
  await using server = await startServer(() => ({}));
  const settings = parseSettings({ REPRISE_NOTIFY_HEARTBEAT_URL: `${server.url}/beat`, REPRISE_NOTIFY_WHEN: "never" });
  return { notified: await notifyRun(appOf(), settings, report), requests: server.received };
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
