/** Where the soaks of the block engine keep their stores: containers of an emulator, or directories. */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";
import { openAzureBlockStore } from "../../../src/store/blocks/azure-blob.ts";
import type { BlockStore } from "../../../src/store/blocks/block-store.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";
import { startAzurite, startPersistentAzurite, type Azurite } from "../../support/azurite.ts";
import { copyStore } from "../../support/damage-store.ts";

export interface StorePlace {
  readonly what: string;
  /** What the command line needs besides `to`. */
  readonly settings: Readonly<Record<string, string>>;
  /** For `--to` and `--from`. */
  readonly to: (name: string) => string;
  readonly open: (name: string) => BlockStore;
  readonly copy: (from: string, to: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** What befalls the service when its client is killed; undefined where nothing does. */
  readonly crash?: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export function directoryPlace(folder: string): StorePlace {
  const to = (name: string): string => join(folder, name);
  return {
    what: "directory",
    settings: {},
    to,
    open: (name) => openDirectoryBlockStore(to(name)),
    copy: async (from, into) => cpSync(to(from), to(into), { recursive: true }),
    remove: async (name) => rmSync(to(name), { recursive: true, force: true }),
    stop: async () => {},
  };
}

export async function azuritePlace(): Promise<StorePlace> {
  return placeOf("Azurite", await startAzurite());
}

/** Killed and started again with each client that is killed: it forgets what it had acknowledged within its last five seconds. */
export async function crashingAzuritePlace(): Promise<StorePlace> {
  const azurite = await startPersistentAzurite();
  const crash = async (): Promise<void> => {
    await azurite.kill();
    await azurite.start();
  };
  return { ...placeOf("Azurite on disk, killed too", azurite), crash };
}

function placeOf(what: string, azurite: Azurite): StorePlace {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const open = (name: string): BlockStore => openAzureBlockStore(service.getContainerClient(name));
  return {
    what,
    settings: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString },
    to: (name) => `${azurite.url}/${name}`,
    open,
    copy: (from, to) => copyStore(open(from), open(to)),
    // What the emulator holds in memory counts against this machine.
    remove: async (name) => void (await service.getContainerClient(name).deleteIfExists()),
    stop: azurite.stop,
  };
}
