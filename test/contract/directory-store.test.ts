import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openDirectoryStore } from "../../src/store/directory.ts";
import { describeStoreContract } from "./store-contract.ts";

const base = await mkdtemp(join(tmpdir(), "reprise-store-"));
afterAll(() => rm(base, { recursive: true, force: true }));

let places = 0;
describeStoreContract("the directory store", async () => {
  const root = join(base, String(++places), "store");
  return () => openDirectoryStore(root);
});

describeStoreContract("the directory store of simulated runs", async () => {
  const root = join(base, String(++places), "store");
  return () => openDirectoryStore(root, { durable: false });
});
