import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { START_MS, startTestHost, type TestHost } from "./local-host-on-virtual-time.ts";
import { notesOf, type Notes } from "./notes.ts";

const notes: Notes = notesOf(globalThis);
const named = (name: string): unknown[] => notes.ticks.filter((tick) => (tick as { name: string }).name === name);

let app: TestHost | undefined;
beforeEach(() => {
  notes.ticks.length = 0;
  notes.hubs.length = 0;
  notes.slowly = () => Promise.resolve();
});
afterEach(() => app?.stop());

async function start(daily: string, options = {}): Promise<TestHost> {
  app = await startTestHost("http-app", { environment: { DAILY: daily }, ...options });
  return app;
}

/** Lets virtual time pass, a step at a time, with a moment for what becomes due. */
async function pass({ clock }: TestHost, seconds: number, stepSeconds = seconds): Promise<void> {
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    await clock.work(() => clock.sleep(stepSeconds * 1000));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("timer triggers", () => {
  it("do not make a virtual clock jump", async () => {
    const { clock } = await start("0 0 14 * * *");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(clock.now()).toBe(START_MS);
    expect(notes.ticks).toEqual([]);
  });

  it("run when due in UTC, with the captured input; there is no status for sub-minute schedules", async () => {
    const host = await start("0 30 13 * * *");
    await pass(host, 60, 20);
    expect(named("often")).toEqual(
      Array.from({ length: 3 }, () => ({ name: "often", schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false })),
    );
    expect(named("daily")).toEqual([]);
    await pass(host, 29 * 60);
    expect(named("daily")).toEqual([
      {
        name: "daily",
        schedule: { adjustForDST: true },
        scheduleStatus: { last: "0001-01-01T00:00:00", lastUpdated: "0001-01-01T00:00:00", next: "2026-11-21T13:30:00.000Z" },
        isPastDue: false,
      },
    ]);
    expect(host.lines).toContainEqual(expect.objectContaining({ level: "information", functionName: "daily", message: "daily run" }));
    expect(notes.hubs).toEqual(["TestHub"]);
  });

  it("run once and say so when several due times were passed in one jump", async () => {
    const host = await start("0 30 13 * * *");
    await pass(host, 3 * 86_400);
    expect(named("daily")).toEqual([expect.objectContaining({ isPastDue: true })]);
    await pass(host, 20 * 60);
    expect(named("daily")).toHaveLength(1);
    await pass(host, 20 * 60);
    expect(named("daily")).toHaveLength(2);
  });

  it("never run twice at once: times that fall into a long run are left out", async () => {
    const host = await start("0 * * * * *");
    const starts: number[] = [];
    let running = 0;
    let most = 0;
    notes.slowly = async () => {
      starts.push((host.clock.now() - START_MS) / 1000);
      most = Math.max(most, ++running);
      await host.clock.sleep(150_000);
      running--;
    };
    await pass(host, 600, 30);
    expect(most).toBe(1);
    expect(starts.length).toBeGreaterThan(2);
    // Due at 60, over at 210, due at 240, and so on.
    expect(starts.slice(0, 3)).toEqual([60, 240, 420]);
  });

  it("can be left out", async () => {
    const host = await start("0 * * * * *", { runsTimers: false });
    await pass(host, 600, 60);
    expect(notes.ticks).toEqual([]);
  });

  it.each([
    ["0 0 13 * *  * *", "it has 7 fields"],
    ["0 0 25 * * *", "25"],
    ["13:00:00", "it has 1 fields"],
  ])("refuse the schedule %s", async (schedule, reason) => {
    await expect(start(schedule)).rejects.toThrow(
      new RegExp(`The schedule of function 'daily' is "${schedule.replaceAll("*", "\\*")}": .*${reason}.*NCRONTAB of 6 fields`, "u"),
    );
    app = undefined;
  });

  it("refuse a schedule that names a setting which is not there", async () => {
    await expect(start("")).rejects.toThrow("The schedule of function 'daily' names the setting DAILY, which is not set.");
    app = undefined;
  });

  it("end with the host, also one that is under way", async () => {
    const host = await start("0 * * * * *");
    notes.slowly = () => new Promise(() => undefined);
    await pass(host, 60);
    const startedMs = performance.now();
    await host.host.stop();
    expect(performance.now() - startedMs).toBeLessThan(5000);
  });
});
