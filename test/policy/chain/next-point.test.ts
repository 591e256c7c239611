import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointKey, pointsOf } from "../../../src/policy/chain/chain.ts";
import { sameTask, type TaskId } from "../../../src/policy/job/job.ts";
import { ChainOfSessions } from "../../support/chain-of-sessions.ts";
import { M1, M2 } from "../../support/session-play.ts";

const M1B: TaskId = { machine: "m1", disk: "b" };

describe("a chain per machine", () => {
  it("J11: machine 1 full and incremental, machine 2 a full of the next session: exactly 3 files with exactly those points", () => {
    const chain = new ChainOfSessions("per-machine").attempt(1, [M1]).attempt(1, []).attempt(1, []).attempt(1, []).attempt(2, [M1, M2]);
    expect(chain.lines).toEqual(["s1 full: m1/data full", "s2 incremental: m1/data incremental after s1", "s2 full: m2/data full"]);
  });

  it("J11: a retry that succeeds adds the missing files", () => {
    const chain = new ChainOfSessions("per-machine").attempt(1, [M1]).attempt(1, [M2]).attempt(2, [M2, M1]);
    expect(chain.lines).toEqual([
      "s1 full: m1/data full",
      "s1 full: m2/data full",
      "s2 incremental: m2/data incremental after s1",
      "s2 incremental: m1/data incremental after s1",
    ]);
  });

  it("J11: a disk that a retry processes joins the file of its machine", () => {
    const chain = new ChainOfSessions("per-machine").attempt(1, [M1, M2]).attempt(1, [M1B]).attempt(2, [M1B]).attempt(2, [M1]);
    expect(chain.lines).toEqual([
      "s1 full: m1/data full | m1/b full",
      "s1 full: m2/data full",
      "s2 incremental: m1/b incremental after s1 | m1/data incremental after s1",
    ]);
  });
});

describe("a chain of single files", () => {
  it("J12: when all retries fail machine 2 goes into the next session's file: exactly 2 files with exactly those points", () => {
    const chain = new ChainOfSessions("single-file").attempt(1, [M1]).attempt(1, []).attempt(1, []).attempt(1, []).attempt(2, [M2, M1]);
    expect(chain.lines).toEqual(["s1 full: m1/data full", "s2 incremental: m2/data full | m1/data incremental after s1"]);
  });

  it("J12: a retry writes into the file of the session's first run", () => {
    const chain = new ChainOfSessions("single-file").attempt(1, [M1]).attempt(1, [M2]).attempt(2, [M2]).attempt(2, [M1]);
    expect(chain.lines).toEqual([
      "s1 full: m1/data full | m2/data full",
      "s2 incremental: m2/data incremental after s1 | m1/data incremental after s1",
    ]);
  });

  it("J12: when the first run processed none the first success makes the file", () => {
    const chain = new ChainOfSessions("single-file").attempt(1, []).attempt(1, [M2]).attempt(1, [M1]);
    expect(chain.lines).toEqual(["s1 full: m2/data full | m1/data full"]);
  });
});

describe("the next point", () => {
  it("a point that a killed attempt published is not made again", () => {
    const chain = new ChainOfSessions("single-file").attempt(1, [M1]);
    const before = structuredClone(chain.files);
    expect(chain.ask(1, M1)).toMatchObject({ published: true, point: { id: "s1", file: "file-1", kind: "full" } });
    expect(chain.attempt(1, [M1]).files).toEqual(before);
  });

  it("J13: nothing is built on a broken point", () => {
    const chain = new ChainOfSessions("per-machine").attempt(1, [M1]).attempt(2, [M1]);
    chain.broken.add(pointKey({ id: "s2", ...M1 }));
    expect(chain.ask(3, M1)).toMatchObject({ kind: "incremental", parent: "s1" });
    chain.broken.add(pointKey({ id: "s1", ...M1 }));
    expect(chain.ask(3, M1)).toMatchObject({
      kind: "full",
      file: { kind: "full" },
      reason: "A full point of data of m1: none of its earlier points is intact.",
    });
  });

  it("a full is due after so many increments, for each machine of its own chain", () => {
    const chain = new ChainOfSessions("per-machine", { afterIncrements: 2 }).attempt(1, [M1]);
    for (let session = 2; session <= 5; session++) chain.attempt(session, [M1, M2]);
    expect(chain.lines.filter((line) => line.includes("m1")).map((line) => line.split(":")[0])).toEqual([
      "s1 full",
      "s2 incremental",
      "s3 incremental",
      "s4 full",
      "s5 incremental",
    ]);
    expect(chain.lines.filter((line) => line.includes("m2")).map((line) => line.split(":")[0])).toEqual([
      "s2 full",
      "s3 incremental",
      "s4 incremental",
      "s5 full",
    ]);
  });

  it("a full file holds full points only, a retry's too, and begins a chain", () => {
    const chain = new ChainOfSessions("single-file", { everyDays: 7 })
      .attempt(1, [M1, M2])
      .attempt(7, [M1, M2])
      .attempt(8, [M1])
      .attempt(8, [M2]);
    expect(chain.attempt(9, [M1]).lines).toEqual([
      "s1 full: m1/data full | m2/data full",
      "s7 incremental: m1/data incremental after s1 | m2/data incremental after s1",
      "s8 full: m1/data full | m2/data full",
      "s9 incremental: m1/data incremental after s8",
    ]);
  });

  it("a job that changes its layout goes on with the same chain in files of the new layout", () => {
    const chain = new ChainOfSessions("per-machine").attempt(1, [M1]).attempt(1, [M2], "single-file").attempt(2, [M1, M2], "single-file");
    expect(chain.lines).toEqual([
      "s1 full: m1/data full",
      "s1 full: m2/data full",
      "s2 incremental: m1/data incremental after s1 | m2/data incremental after s1",
    ]);
  });

  it("after a clock was set back the chain goes on where it ended", () => {
    const chain = new ChainOfSessions("per-machine").attempt(9, [M1]).attempt(2, [M1]).attempt(3, [M1]);
    expect(chain.lines.map((line) => line.split(" ").slice(-1)[0])).toEqual(["full", "s9", "s2"]);
  });

  it("J11, J12: any history: one file per session (and machine), each disk once per session, parents of the same disk", () => {
    const attempts = fc.array(fc.tuple(fc.boolean(), fc.subarray([M1, M1B, M2])), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.constantFrom("per-machine" as const, "single-file" as const),
        attempts,
        fc.nat({ max: 3 }),
        (layout, attempts, fullAfter) => {
          const chain = new ChainOfSessions(layout, fullAfter > 0 ? { afterIncrements: fullAfter } : undefined);
          let session = 1;
          for (const [another, tasks] of attempts) chain.attempt(another ? ++session : session, tasks);

          const points = pointsOf(chain.files);
          expect(new Set(points.map(pointKey)).size).toBe(points.length);
          const owners = chain.files.map((file) =>
            layout === "single-file"
              ? file.session
              : `${file.session} ${new Set(pointsOf([file]).map(({ machine }) => machine)).size} ${pointsOf([file])[0]?.machine}`,
          );
          expect(new Set(owners).size).toBe(owners.length);
          if (layout === "per-machine") for (const owner of owners) expect(owner).toMatch(/^s\d+ 1 /);
          for (const point of points) {
            const earlier = points.filter((each) => sameTask(each, point) && each.startedMs < point.startedMs);
            if (point.kind === "incremental") expect(point.parent).toBe(earlier.at(-1)?.id);
            else expect(point.parent).toBeUndefined();
          }
          for (const file of chain.files.filter(({ kind }) => kind === "full"))
            for (const { kind } of pointsOf([file])) expect(kind).toBe("full");
        },
      ),
    );
  });
});
