/** Backups by the real command line, killed at a request of their choice; what has to hold afterwards. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { expect } from "vitest";
import { unpackUnitId } from "../../../src/agent/format/ids.ts";
import { SEGMENT_FOLDER, type BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import { openTestRepository, pointsOf, restored } from "../../support/agent-store.ts";
import type { Azurite } from "../../support/azurite.ts";
import type { Finished } from "../../support/command-line.ts";
import { runKilled, stepsOf } from "./killed-command.ts";

const MIB = 1024 * 1024;

export interface Victim {
  readonly azurite: Azurite;
  readonly image: string;
  readonly bytes: Buffer;
  /** Blocks that are not zeros. */
  readonly blocks: number;
}

export function makeVictim(azurite: Azurite, folder: string): Victim {
  const bytes = randomBytes(40 * MIB);
  bytes.fill(0, 9 * MIB, 11 * MIB);
  const image = join(folder, "disk.img");
  writeFileSync(image, bytes);
  return { azurite, image, bytes, blocks: 38 };
}

export function backUp({ azurite, image }: Victim, container: string, killAt?: number): Promise<Finished> {
  const args = ["backup", "--name", "j", "--machine", "m", "--source", image, "--to", `${azurite.url}/${container}`, "--json"];
  return runKilled(args, { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString }, killAt);
}

export async function requestsOf(victim: Victim): Promise<number> {
  const finished = await backUp(victim, "undisturbed");
  expect(finished.code).toBe(0);
  return stepsOf(finished);
}

export interface Aftermath {
  /** Blocks that had arrived when the process was killed. */
  readonly arrived: number;
  readonly sentAgain: number;
}

/** Kills a first backup at the request; whatever it left, the next one sends only what is not there, and every point restores. */
export async function killAndGoOn(victim: Victim, container: string, killAt: number): Promise<Aftermath> {
  const { azurite, blocks, bytes } = victim;
  const killed = await backUp(victim, container, killAt);
  expect(killed.signal, `killed at ${killAt}: ${killed.stderr}`).toBe("SIGKILL");
  const store = openAzureBlockStore(BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(container));
  const arrived = await blocksThere(store);
  if (await store.exists()) {
    const repository = await openTestRepository(store);
    for (const point of await pointsOf(repository)) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  }
  const { code, stdout, stderr } = await backUp(victim, container);
  expect(code, stderr).toBe(0);
  const summary = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { readonly tasks: readonly [{ readonly blocksSent: number }] };
  // Requests that were under way at the kill may have arrived after the look.
  expect(summary.tasks[0].blocksSent, `killed at ${killAt}`).toBeLessThanOrEqual(blocks - arrived);
  const repository = await openTestRepository(store);
  const points = await pointsOf(repository);
  expect(points.length).toBeGreaterThan(0);
  for (const point of points) expect((await restored(repository, point)).equals(bytes)).toBe(true);
  return { arrived, sentAgain: summary.tasks[0].blocksSent };
}

/** All units of this image but one hold four blocks. */
async function blocksThere(store: BlockStore): Promise<number> {
  const units = new Set<string>();
  let blocks = 0;
  for await (const { name } of store.listSegments(SEGMENT_FOLDER))
    for (const { id } of (await store.listUnits(name))?.units ?? []) {
      const unitNumber = unpackUnitId(id)?.unitNumber ?? -1;
      if (units.has(String(unitNumber))) continue;
      units.add(String(unitNumber));
      blocks += unitNumber === 2 ? 2 : 4;
    }
  return blocks;
}
