import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openDirectoryBlockStore } from "../../src/store/blocks/directory.ts";
import { reconnecting } from "../../src/store/blocks/reconnecting.ts";
import { describeBlockStoreContract } from "./block-store-contract.ts";
import { describeStoreContract } from "./store-contract.ts";

const base = await mkdtemp(join(tmpdir(), "reprise-blocks-"));
afterAll(() => rm(base, { recursive: true, force: true }));

let places = 0;
const place = async () => {
  const root = join(base, String(++places), "store");
  return () => openDirectoryBlockStore(root);
};
describeBlockStoreContract("the block store in a directory", place);
describeStoreContract("the block store in a directory", place);

const wrapped = async () => {
  const open = await place();
  return () => reconnecting(open());
};
describeBlockStoreContract("the reconnecting block store in a directory", wrapped);
describeStoreContract("the reconnecting block store in a directory", wrapped);
