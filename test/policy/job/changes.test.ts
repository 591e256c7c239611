import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeChanges } from "../../../src/policy/job/changes.ts";
import { recordedJob, tasksOf, type AgentJob } from "../../../src/policy/job/job.ts";
import { agentJob, anyJob, JOB_FIELDS, machine } from "../../support/agent-jobs.ts";

const changes = (before: Partial<AgentJob>, now: Partial<AgentJob>): string[] => describeChanges(agentJob(before), agentJob(now));

describe("the changes of a job", () => {
  it("J14: are named in words", () => {
    expect(
      changes(
        { encryption: { kind: "none" }, retries: { count: 3, waitMs: 600_000 } },
        {
          blockSizeBytes: 4 << 20,
          compression: { codec: "none" },
          encryption: { kind: "password", passwordFile: "/etc/reprise/password" },
          chain: { layout: "single-file", full: { afterIncrements: 6 } },
          retries: { count: 5, waitMs: 90_000 },
          retention: { keepLast: 7, keepWeekly: 4 },
          bandwidthBytesPerSecond: 1 << 20,
        },
      ),
    ).toEqual([
      "The block size is 4 MiB instead of 1 MiB.",
      "Compression is none instead of zstd level 1.",
      "Encryption is on instead of off.",
      "The layout of the chain is single-file instead of per-machine.",
      "A synthetic full is due after 6 increments instead of never due.",
      "The number of retries is 5 instead of 3.",
      "The wait before a retry is 90 s instead of 10 min.",
      "Retention is 7 last, 4 weekly instead of off.",
      "The bandwidth limit is 1 MiB a second instead of off.",
    ]);
  });

  it("J14: machines, disks and folders that came, went or moved are named", () => {
    const moved = { name: "data", path: "/dev/sdb", medium: "device" as const };
    expect(
      changes(
        { machines: [machine("m1", ["data", "old"]), machine("m2"), machine("m3")] },
        { machines: [machine("m4"), { ...machine("m1"), disks: [moved], folders: [{ name: "home", path: "/home" }] }, machine("m3")] },
      ),
    ).toEqual([
      "Machine m2 is gone.",
      "Machine m4 is new, with disk image data.",
      "Machine m1: disk image old is gone.",
      "Machine m1: data is a disk (/dev/sdb) instead of a disk image (/images/m1-data.img).",
      "Machine m1: folder home is new (/home).",
    ]);
    expect(changes({ machines: [machine("m1"), machine("m2")] }, { machines: [machine("m2"), machine("m1")] })).toEqual([]);
  });

  it("J14: a change of any field is named, and none where there is none", () => {
    fc.assert(
      fc.property(anyJob, (job) => {
        expect(describeChanges(job, structuredClone(job))).toEqual([]);
      }),
    );
    for (const [key, values] of Object.entries(JOB_FIELDS))
      fc.assert(
        fc.property(anyJob, values as fc.Arbitrary<unknown>, values as fc.Arbitrary<unknown>, fc.nat(), (job, one, another, part) => {
          const other = withOnePart(one, another, part);
          fc.pre(canonical(one) !== canonical(other));
          expect(describeChanges({ ...job, [key]: one }, { ...job, [key]: other }), key).not.toEqual([]);
        }),
      );
  });

  it("J14: the recorded job compares as the job itself, and recorded twice it stays", () => {
    fc.assert(
      fc.property(anyJob, anyJob, (job, other) => {
        expect(describeChanges(recordedJob(job), job)).toEqual([]);
        expect(recordedJob(recordedJob(job))).toEqual(recordedJob(job));
        expect(describeChanges(recordedJob(job), other)).toEqual(describeChanges(job, other));
      }),
    );
  });

  it("neither the record nor the words show a command or the signature of a URL", () => {
    const secret = "s3cret";
    const job = agentJob({
      target: `https://account.blob.core.windows.net/one?sv=1&sig=${secret}`,
      hooks: { before: { command: ["sh", "-c", `login ${secret}`], limitMs: 1 }, after: { command: [secret], limitMs: 1 } },
      encryption: { kind: "password", passwordCommand: ["echo", secret] },
    });
    expect(JSON.stringify(recordedJob(job))).not.toContain(secret);
    const words = describeChanges(job, agentJob({ hooks: { after: { command: ["other"], limitMs: 60_000 } } }));
    expect(words.join(" ")).not.toContain(secret);
    expect(words).toContain("The command before the backup is gone.");
    expect(words).toContain("The command after the backup is another.");
    expect(words).toContain("The time limit of the command after the backup is 1 min instead of 1 ms.");
  });

  it("a task is each disk and each folder of each machine", () => {
    const job = agentJob({ machines: [{ ...machine("m1", ["a", "b"]), folders: [{ name: "home", path: "/home" }] }, machine("m2")] });
    expect(tasksOf(job).map(({ machine, disk }) => `${machine}/${disk}`)).toEqual(["m1/a", "m1/b", "m1/home", "m2/data"]);
  });
});

/** Of plain fields only one changes, so that each is seen by itself; what comes in kinds (or as a list) changes as a whole. */
function withOnePart(one: unknown, other: unknown, part: number): unknown {
  if (typeof one !== "object" || one === null || Array.isArray(one) || "kind" in one || "codec" in one) return other;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other as object)])].sort();
  const key = keys[part % Math.max(1, keys.length)];
  return key === undefined ? one : { ...one, [key]: (other as Record<string, unknown>)[key] };
}

/** Machines and parts by name, fields by name: what the order of a job file does not mean. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const texts = value.map(canonical);
    return `[${(value.every((each) => typeof each === "object") ? texts.sort() : texts).join()}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(
    ([key, each]) => each !== undefined && !(key === "full" && Object.keys(each as object).length === 0),
  );
  return `{${fields
    .map(([key, each]) => `${key}:${canonical(each)}`)
    .sort()
    .join()}}`;
}
