/** Two processes that seal one segment of a directory with different lists: a writer that was held up, and the attempt that came after it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";

it("one of two lists is the segment's for ever, and the other is refused", async () => {
  const root = mkdtempSync(join(tmpdir(), "reprise-sealers-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const [one, two] = [openDirectoryBlockStore(root), openDirectoryBlockStore(root)];
  const [a, b] = ["aa", "bb"];
  for (let round = 1; round <= 10; round++) {
    const segment = `data/m/d/s-${round}`;
    await one.putUnit(segment, a, Uint8Array.of(1));
    await one.putUnit(segment, b, Uint8Array.of(2, 3));
    const ended = await Promise.allSettled([one.seal(segment, [a, b]), two.seal(segment, [b])]);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "STORE_SEGMENT_SEALED" } });
    const units = (await one.listUnits(segment))?.units.map(({ id }) => id);
    expect(units).toEqual(ended[0].status === "fulfilled" ? [a, b] : [b]);
    const bytes = await two.readRange(segment, 0, units?.length === 2 ? 3 : 2);
    expect([...bytes]).toEqual(units?.length === 2 ? [1, 2, 3] : [2, 3]);
  }
}, 20_000);
