/** Chains as real sessions make them, in a real directory store. */
import { describe, expect, it } from "vitest";
import { workplace } from "../../support/agent-session.ts";

describe("backup files of real sessions", () => {
  it("J11: machine 1 full and incremental, machine 2 a full of the next session: exactly 3 files", async () => {
    const place = await workplace();
    place.image("m1");
    const first = await place.run(place.job());
    // One run and one retry, in vain: m2 has no image.
    expect(first.state).toMatchObject({ retriesUsed: 1, phase: { kind: "ended", result: "failed" } });
    place.image("m1");
    place.image("m2");
    const second = await place.run(place.job());
    expect(second.state.phase).toMatchObject({ result: "success" });
    expect(await place.files()).toEqual(
      expect.arrayContaining([
        { kind: "full", session: first.state.session, points: ["m1 full"] },
        { kind: "incremental", session: second.state.session, points: ["m1 incremental"] },
        { kind: "full", session: second.state.session, points: ["m2 full"] },
      ]),
    );
    expect(await place.files()).toHaveLength(3);
  });

  it("J12: one file per session: when all retries fail machine 2 goes into the next session's file: exactly 2 files", async () => {
    const place = await workplace();
    const job = place.job({ chain: { layout: "single-file" } });
    place.image("m1");
    const first = await place.run(job);
    place.image("m1");
    place.image("m2");
    const second = await place.run(job);
    expect(await place.files()).toEqual([
      { kind: "full", session: first.state.session, points: ["m1 full"] },
      { kind: "incremental", session: second.state.session, points: ["m1 incremental", "m2 full"] },
    ]);
  });

  it.each(["per-machine", "single-file"] as const)(
    "J11, J12: a retry that succeeds writes into its session's own files (%s)",
    async (layout) => {
      const place = await workplace();
      const job = place.job({ chain: { layout } });
      place.image("m1");
      const { state, tasks } = await place.run(job, {
        jobNow: async () => {
          place.image("m2");
          return { valid: true, job };
        },
      });
      expect(state).toMatchObject({ retriesUsed: 1, phase: { result: "success" } });
      expect(tasks.map(({ result }) => result)).toEqual(["success", "success"]);
      const files = await place.files();
      expect(files.every(({ session }) => session === state.session)).toBe(true);
      expect(files.map(({ points }) => points).toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(
        layout === "single-file" ? [["m1 full", "m2 full"]] : [["m1 full"], ["m2 full"]],
      );
    },
  );

  it("J12: when the first run processed none, the first success makes the file", async () => {
    const place = await workplace();
    const job = place.job({ chain: { layout: "single-file" }, retries: { count: 2, waitMs: 1 } });
    let retry = 0;
    const { state } = await place.run(job, {
      jobNow: async () => {
        place.image(["m2", "m1"][retry++] ?? "m1");
        return { valid: true, job };
      },
    });
    expect(await place.files()).toEqual([{ kind: "full", session: state.session, points: ["m1 full", "m2 full"] }]);
  });

  it("J3: a retry takes the failed task alone: the other is read once", async () => {
    const place = await workplace();
    const job = place.job();
    place.image("m1");
    const { events } = await place.run(job);
    const started = events.flatMap((event) => (event.kind === "task-started" ? [event.task.machine] : []));
    expect(started).toEqual(["m1"]);
    expect(events.flatMap((event) => (event.kind === "task-ended" ? [event.report.machine] : []))).toEqual(["m1", "m2", "m2"]);
  });

  it("J14: a retry uses the job as it is when it starts, and an invalid one ends the session failed", async () => {
    const place = await workplace();
    const job = place.job();
    place.image("m1");
    const moved = place.image("moved");
    const [m1, m2] = job.machines;
    if (m1 === undefined || m2 === undefined) throw new Error("two machines");
    const now = { ...job, machines: [m1, { ...m2, disks: [{ name: "data", path: moved, medium: "image" as const }] }] };
    const { state } = await place.run(job, { jobNow: async () => ({ valid: true, job: now }) });
    expect(state.phase).toMatchObject({ result: "success" });
    expect(state.log.find(({ kind }) => kind === "advise")?.reason).toContain(`read from ${moved}`);
    const invalid = await place.run(place.job({ name: "other" }), {
      openSource: () => Promise.reject(new Error("no")),
      jobNow: async () => ({ valid: false, problems: ["name: found nothing."] }),
    });
    expect(invalid.state.phase).toMatchObject({ result: "failed" });
    expect(invalid.state.log.at(-1)?.reason).toContain("name: found nothing.");
  });

  it("J6: on battery below 20 % the retry is dropped when it is due", async () => {
    const place = await workplace();
    place.image("m1");
    let asked = 0;
    const power = async () => {
      asked++;
      return { onBattery: true, percent: 19 };
    };
    const { events, state } = await place.run(place.job(), { power });
    expect(asked).toBe(1);
    expect(state.log.map(({ kind }) => kind)).toContain("drop-retry");
    expect(events.filter((event) => event.kind === "task-ended")).toHaveLength(2);
  });
});
