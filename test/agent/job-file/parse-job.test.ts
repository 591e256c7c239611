import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseJobFile } from "../../../src/agent/job-file/parse-job.ts";
import { JOB_DEFAULTS, type AgentJob } from "../../../src/policy/job/job.ts";

const FULL = `
name: nightly
target: ./store
machines:
  - name: web-1
    disks:
      - path: images/data.img
      - { name: logs, path: /dev/vg0/logs }
      - { name: odd, path: /dev/mapper/odd, medium: image }
    folders:
      - path: /etc
  - { name: web-2, folders: [{ path: /srv }] }
blockSize: 512KiB
compression: zstd:3
encryption: { passwordFile: secret.txt }
stateStore: /var/state
chain: { layout: single-file, full: { everyDays: 30 } }
retries: { count: 5, wait: 90s }
reconnect: { every: 5s, for: 1h }
schedule: { cron: "0 30 1 * * *", timeZone: Europe/Berlin, quietHours: { from: "08:00", to: "18:00" }, missedAtPowerOn: true }
retention: { keepLast: 7, keepMonthly: 12 }
hooks:
  before: { command: [/usr/local/bin/snapshot, "a b"], limit: 2m }
  after: { command: [rm, -f, x] }
bandwidth: 10MiB
`;

const jobOf = (text: string): AgentJob => {
  const parsed = parseJobFile(text, "/jobs");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.file.job;
};
const problems = (text: string): string[] => {
  const parsed = parseJobFile(text, "/jobs");
  return parsed.ok ? [] : parsed.problems.map(({ place, found, allowed }) => `${place}: ${found}; ${allowed}`);
};
const SMALL = "name: n\ntarget: /t\nmachines: [{ name: m, disks: [{ path: /a.img }] }]\n";

describe("a job file", () => {
  it("gives every part of a job, with paths from its own folder", () => {
    const parsed = parseJobFile(FULL, "/jobs");
    expect(parsed).toEqual({
      ok: true,
      file: {
        encrypt: true,
        stateStore: "/var/state",
        job: {
          name: "nightly",
          target: resolve("/jobs/store"),
          machines: [
            {
              name: "web-1",
              disks: [
                { name: "data.img", path: "/jobs/images/data.img", medium: "image" },
                { name: "logs", path: "/dev/vg0/logs", medium: "device" },
                { name: "odd", path: "/dev/mapper/odd", medium: "image" },
              ],
              folders: [{ name: "etc", path: "/etc" }],
            },
            { name: "web-2", disks: [], folders: [{ name: "srv", path: "/srv" }] },
          ],
          blockSizeBytes: 524_288,
          compression: { codec: "zstd", level: 3 },
          encryption: { kind: "password", passwordFile: "/jobs/secret.txt" },
          chain: { layout: "single-file", full: { everyDays: 30 } },
          retries: { count: 5, waitMs: 90_000 },
          reconnect: { everyMs: 5_000, forMs: 3_600_000 },
          schedule: {
            times: { kind: "cron", cron: "0 30 1 * * *" },
            timeZone: "Europe/Berlin",
            quietHours: { fromMinute: 480, toMinute: 1_080 },
            missedAtPowerOn: true,
          },
          retention: { keepLast: 7, keepMonthly: 12 },
          hooks: {
            before: { command: ["/usr/local/bin/snapshot", "a b"], limitMs: 120_000 },
            after: { command: ["rm", "-f", "x"], limitMs: 600_000 },
          },
          bandwidthBytesPerSecond: 10_485_760,
        },
      },
    });
  });

  it("J1: says nothing of retries: 3 of them, 10 min apart; and R1: every 15 s for 30 min", () => {
    const job = jobOf(SMALL);
    expect(job).toMatchObject({ retries: { count: 3, waitMs: 600_000 }, reconnect: { everyMs: 15_000, forMs: 1_800_000 } });
    expect(job).toMatchObject({ ...JOB_DEFAULTS });
  });

  it("is JSON as well as YAML", () => {
    expect(jobOf(JSON.stringify({ name: "n", target: "/t", machines: [{ name: "m", disks: [{ path: "/a.img" }] }] }))).toEqual(
      jobOf(SMALL),
    );
  });

  const CASES: readonly (readonly [string, string, RegExp])[] = [
    ["no name", SMALL.replace("name: n\n", ""), /^name: nothing; 1 to 200/],
    [
      "an unknown field, without its value",
      `${SMALL}pasword: hunter2`,
      /^pasword: an unknown field; only name, .*nearest: bandwidth|^pasword: an unknown field; only name/,
    ],
    [
      "an unknown field deep inside",
      `${SMALL}retries: { cout: 1 }`,
      /^retries\.cout: an unknown field; only count, wait \(nearest: count\)$/,
    ],
    [
      "a password itself",
      `${SMALL}encryption: { password: hunter2 }`,
      /^encryption\.password: an unknown field; only passwordFile, passwordCommand/,
    ],
    ["two sources of the password", `${SMALL}encryption: { passwordFile: a, passwordCommand: [b] }`, /^encryption: an object; exactly one/],
    ["a shell command", `${SMALL}hooks: { before: { command: "sh -c x" } }`, /^hooks\.before\.command: "sh -c x"; a list of texts/],
    ["a block size between powers of two", `${SMALL}blockSize: 3MiB`, /^blockSize: "3MiB"; a power of two/],
    ["an unknown codec", `${SMALL}compression: lzma`, /^compression: "lzma"; zstd/],
    ["a wait without unit", `${SMALL}retries: { wait: 10 }`, /^retries\.wait: 10; a whole number with s, m, h or d/],
    ["a negative number", `${SMALL}retention: { keepLast: 0 }`, /^retention\.keepLast: 0; a whole number from 1/],
    [
      "a zone that is none",
      `${SMALL}schedule: { cron: "0 0 1 * * *", timeZone: +01:00 }`,
      /^schedule\.timeZone: .*; the name of an IANA time zone/,
    ],
    ["an unknown field of the schedule", `${SMALL}schedule: { cron: "0 0 1 * * *", zone: UTC }`, /^schedule\.zone: "UTC"; only cron/],
    [
      "the same machine twice",
      "name: n\ntarget: /t\nmachines: [{name: m, disks: [{path: /a}]}, {name: m, disks: [{path: /b}]}]",
      /^machines\[1\]\.name: "m"; a name that no other machine/,
    ],
    [
      "two disks of one name",
      "name: n\ntarget: /t\nmachines: [{name: m, disks: [{path: /x/a}], folders: [{path: /y/a}]}]",
      /^machines\[0\]\.folders\[0\]\.name: "a"; a name that no other/,
    ],
    ["a machine without disks", "name: n\ntarget: /t\nmachines: [{name: m}]", /^machines\[0\]: an object; at least one disk or folder/],
    ["no machines", "name: n\ntarget: /t\nmachines: []", /^machines: a list; a list of 1 to 1000 machines/],
    ["a target that is no store, without its signature", SMALL.replace("/t", "ftp://u:secret@h/x?sig=abc"), /^target: (?!.*(secret|abc))/],
    ["doubled keys", `${SMALL}name: again`, /^line 4, column 1: Map keys must be unique; valid YAML/],
    ["no YAML", "name: [", /^line 1, column \d+: .*; valid YAML or JSON/],
    ["an empty file", "", /^: null; an object with name/],
    [
      "a bomb of aliases",
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]`,
      /alias/i,
    ],
  ];

  it.each(CASES)("U5: is refused with place, what was found and what is allowed: %s", (_, text, expected) => {
    const found = problems(text);
    expect(found[0]).toMatch(expected);
    expect(found.join()).not.toMatch(/hunter2/);
  });

  it("U5: names every problem at once", () => {
    expect(problems(`${SMALL}retries: { count: -1, wait: soon }\nbandwidth: fast\nschedule: {}`)).toHaveLength(4);
  });
});
