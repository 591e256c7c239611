import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findBroken, type ChainView, type PointManifest } from "../../../src/policy/chain/broken.ts";
import { pointKey, pointsOf } from "../../../src/policy/chain/chain.ts";
import { neededBy } from "../../../src/policy/chain/needed.ts";
import { ChainOfSessions } from "../../support/chain-of-sessions.ts";
import { M1, M2 } from "../../support/session-play.ts";

/** Three sessions of two machines in single files; each incremental point reads its own segment, and those of its parent that it still shares. */
function threeSessions(): ChainView {
  const { files } = new ChainOfSessions("single-file").attempt(1, [M1, M2]).attempt(2, [M1, M2]).attempt(3, [M1, M2]);
  const segment = (id: string, machine: string): string => `data/${id}/${machine}`;
  const points = pointsOf(files);
  const manifests = points.map(({ id, machine, disk, parent }): PointManifest => ({
    id,
    machine,
    disk,
    key: `points/${id}/${machine}`,
    needs: [segment(id, machine), ...(parent === undefined ? [] : [segment(parent, machine)])],
  }));
  return { files, claims: points, manifests, data: new Set(manifests.flatMap(({ needs }) => needs)) };
}

const names = (view: ChainView): string[] =>
  [...findBroken(view).values()].map(({ id, machine, cause }) => `${id}/${machine} ${cause}`).sort();

describe("broken chains", () => {
  it("J13: a whole chain has none", () => {
    expect(names(threeSessions())).toEqual([]);
  });

  it("J13: without the record of a file exactly its points are broken, and those that need them", () => {
    const view = threeSessions();
    const files = view.files.filter(({ id }) => id !== "file-2");
    expect(names({ ...view, files })).toEqual(["s2/m1 record", "s2/m2 record"]);
    expect(findBroken({ ...view, files }).get(pointKey({ id: "s2", ...M1 }))?.reason).toBe(
      "Point s2 (data of m1) is broken: the record of backup file file-2 is missing.",
    );
    const manifests = view.manifests.map((each) =>
      each.id === "s3" && each.machine === "m1" ? { ...each, needs: [...each.needs, "points/s2/m1"] } : each,
    );
    expect(names({ ...view, files, manifests })).toEqual(["s2/m1 record", "s2/m2 record", "s3/m1 needed-point"]);
  });

  it("J13: without one part of a file the points of that part are broken", () => {
    const view = threeSessions();
    const files = view.files.map((file) => (file.id === "file-1" ? { ...file, parts: file.parts.slice(0, 1) } : file));
    expect(names({ ...view, files })).toEqual(["s1/m2 part"]);
  });

  it("J13: without a manifest that point is broken, and what needs it, to the end of the chain", () => {
    const view = threeSessions();
    const manifests = view.manifests.filter(({ id, machine }) => id !== "s1" || machine !== "m2");
    expect(names({ ...view, manifests })).toEqual(["s1/m2 manifest"]);
    const chained = view.manifests
      .map((each) => ({
        ...each,
        needs: [...each.needs, ...(each.id === "s1" ? [] : [`points/s${Number(each.id.slice(1)) - 1}/${each.machine}`])],
      }))
      .filter(({ id, machine }) => id !== "s1" || machine !== "m2");
    expect(names({ ...view, manifests: chained })).toEqual(["s1/m2 manifest", "s2/m2 data", "s3/m2 needed-point"]);
  });

  it("J13: what needs a broken point is found in whatever order the sessions ran", () => {
    const view = threeSessions();
    const manifests = view.manifests.map((each) => ({
      ...each,
      needs: [`data/${each.id}/${each.machine}`, ...(each.id === "s3" ? [] : [`points/s${Number(each.id.slice(1)) + 1}/${each.machine}`])],
    }));
    const data = new Set([...view.data].filter((key) => key !== "data/s3/m1"));
    expect(names({ ...view, manifests, data })).toEqual(["s1/m1 needed-point", "s2/m1 needed-point", "s3/m1 data"]);
  });

  it("J13: without a segment every point that reads it is broken, and names it", () => {
    const view = threeSessions();
    const data = new Set([...view.data].filter((key) => key !== "data/s2/m1"));
    expect(names({ ...view, data })).toEqual(["s2/m1 data", "s3/m1 data"]);
    expect(findBroken({ ...view, data }).get(pointKey({ id: "s3", ...M1 }))).toMatchObject({
      missing: "data/s2/m1",
      file: "file-3",
      reason: "Point s3 (data of m1) is broken: data/s2/m1 is missing.",
    });
  });

  it("J13: what kept points need is enough for them, whatever else is removed", () => {
    const view = threeSessions();
    const all = pointsOf(view.files);
    fc.assert(
      fc.property(fc.subarray(all), (kept) => {
        const keys = new Set(kept.map(pointKey));
        const needed = neededBy(keys, view.manifests);
        const files = view.files.map((file) => ({
          ...file,
          parts: file.parts.map(({ points }) => ({ points: points.filter((point) => keys.has(pointKey(point))) })),
        }));
        const manifests = view.manifests.filter(({ key }) => needed.has(key));
        const data = new Set([...view.data].filter((key) => needed.has(key)));
        expect(names({ files, claims: kept, manifests, data })).toEqual([]);
        for (const key of needed) expect(view.data.has(key) || manifests.some((each) => each.key === key)).toBe(true);
        const without = [...data][0];
        if (without !== undefined) expect(names({ files, claims: kept, manifests, data: new Set([...data].slice(1)) })).not.toEqual([]);
      }),
    );
  });
});
