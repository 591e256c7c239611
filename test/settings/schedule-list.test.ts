import { describe, expect, it } from "vitest";
import { SettingError, parseSettings } from "../../src/settings/settings.ts";

const good = { name: "nightly", cron: "0 0 2 * * *" };
const list = (...schedules: unknown[]): { REPRISE_SCHEDULES: string } => ({ REPRISE_SCHEDULES: JSON.stringify(schedules) });

function problems(environment: Record<string, string>): readonly string[] {
  try {
    parseSettings(environment);
  } catch (error) {
    if (error instanceof SettingError) return error.message.split("\n").map((line) => line.replace(/^Setting REPRISE_SCHEDULES/, ""));
    throw error;
  }
  return [];
}

describe("the list of schedules", () => {
  it("C10: takes cron or every N days, time zones, dates, quiet hours, requests", () => {
    const { schedules } = parseSettings(
      list(good, {
        name: "every-third-day",
        everyDays: 3,
        at: "01:30",
        from: "2026-11-20",
        timeZone: "europe/berlin",
        startDate: "2026-11-20",
        endDate: "2026-12-31",
        quietHours: { from: "22:00", to: "05:00" },
        enabled: false,
        request: { since: "48h", vaults: ["vault-*"], dryRun: true },
      }),
    );
    expect(schedules).toEqual([
      { name: "nightly", times: { kind: "cron", cron: "0 0 2 * * *" }, timeZone: "UTC", enabled: true, request: {} },
      {
        name: "every-third-day",
        times: { kind: "every-days", days: 3, atMinute: 90, from: "2026-11-20" },
        timeZone: "Europe/Berlin",
        startDate: "2026-11-20",
        endDate: "2026-12-31",
        quietHours: { fromMinute: 1_320, toMinute: 300 },
        enabled: false,
        request: { since: "48h", vaults: ["vault-*"], dryRun: true },
      },
    ]);
    expect(parseSettings({}).schedules).toBeUndefined();
  });

  it("U5: names every problem with its place", () => {
    const zone = "the name of an IANA time zone, like Europe/Berlin or UTC";
    expect(
      problems(
        list(
          good,
          { name: "Night shift", cron: "0 2 * * *", timeZone: "Europe/Berln", colour: "red" },
          { name: "nightly", everyDays: 0, at: "24:00", quietHours: { from: "22:00", to: "22:00", until: 1 }, enabled: "yes" },
          "daily",
          { ...good, startDate: "2026-12-01", endDate: "2026-12-01", request: [], timeZone: "+01:00" },
          { name: "nightly", cron: "0 0 3 * * *", at: "03:00" },
        ),
      ),
    ).toEqual([
      '[1].colour: found "red"; allowed: only name, cron, everyDays, at, from, timeZone, startDate, endDate, quietHours, enabled, request (nearest: cron).',
      '[1].name: found "Night shift"; allowed: 1 to 60 of a-z, 0-9 and -, with a letter or digit at both ends.',
      '[1].cron: found "0 2 * * *"; allowed: six NCRONTAB fields (second minute hour day month weekday; numbers, names, * , - /) that come up at all.',
      `[1].timeZone: found "Europe/Berln"; allowed: ${zone}.`,
      '[2].at: found "24:00"; allowed: a time of day from 00:00 to 23:59.',
      "[2].from: found nothing; allowed: a day like 2026-12-31.",
      "[2].everyDays: found 0; allowed: a whole number from 1 to 366.",
      "[2].quietHours.until: found 1; allowed: only from, to (nearest: to).",
      '[2].quietHours.to: found "22:00"; allowed: another time than from.',
      '[2].enabled: found "yes"; allowed: true or false.',
      '[3]: found "daily"; allowed: a JSON object.',
      `[4].timeZone: found "+01:00"; allowed: ${zone}.`,
      '[4].endDate: found "2026-12-01"; allowed: a day after startDate, which is 2026-12-01.',
      "[4].request: found a list; allowed: a JSON object with the fields of a run request.",
      '[5].at: found "03:00"; allowed: nothing while cron is given.',
      '[5].name: found "nightly"; allowed: a name that no other schedule has.',
    ]);
  });

  it.each([
    ["tomorrow", '"tomorrow"'],
    ['{"name":"x"}', "an object"],
    ["[]", "a list of 0"],
    [`[${"0,".repeat(50)}0]`, "a list of 51"],
    ["null", '"null"'],
  ])("U5: refuses %s", (text, found) => {
    expect(problems({ REPRISE_SCHEDULES: text })).toEqual([
      `: found ${found}; allowed: a JSON list of 1 to 50 schedules (for none: REPRISE_SCHEDULE_ENABLED=false).`,
    ]);
  });

  it.each([
    ["name", ["", "-a", "a-", "A", "a b", "x".repeat(61), 7]],
    ["timeZone", ["", "GMT+1", "W. Europe Standard Time", "Etc/Nowhere", "../etc", 1]],
    ["startDate", ["2026-02-30", "26-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "tomorrow", 20_260_101]],
    ["endDate", ["2026-13-01", ""]],
    ["quietHours", ["22:00-05:00", [], null, { from: "22:00" }, { from: "9:00", to: "10:00" }]],
    ["enabled", ["true", 1, null]],
    ["request", ["dryRun", null]],
  ])("U5: refuses wrong values of %s", (field, values) => {
    for (const value of values) {
      const [first, ...more] = problems(list({ ...good, [field]: value }));
      expect(first, JSON.stringify(value)).toMatch(new RegExp(String.raw`^\[0\]\.${field}(\.\w+)?: found .+; allowed: .+\.$`));
      expect(more).toEqual([]);
    }
  });

  it("U5: the list and the short form exclude each other", () => {
    expect(problems({ ...list(good), REPRISE_SCHEDULE: "0 0 13 * * *" })).toEqual([
      'Setting REPRISE_SCHEDULE: found "0 0 13 * * *"; allowed: nothing while REPRISE_SCHEDULES is set.',
    ]);
    expect(problems({ ...list(good), REPRISE_SCHEDULE: " " })).toEqual([]);
  });
});
