import { BlobServiceClient } from "@azure/storage-blob";
import type { TokenCredential } from "@azure/core-auth";
import type { RunStoreLocation } from "../settings/run-store-location.ts";
import { openAzureBlobStore } from "./azure-blob.ts";
import { openDirectoryStore } from "./directory.ts";
import { StoreError } from "./store.ts";
import type { Store } from "./store.ts";

export interface RunStoreAccess {
  /** Asked for only when blobs are opened by identity. */
  readonly credential?: () => TokenCredential;
  /** Of the host's storage account (`AzureWebJobsStorage`). Used for its own account only. */
  readonly connectionString?: string | undefined;
}

/** Records are small: begin again soon, and give up within half a minute. The first repeat comes at once. */
const RETRY = { maxTries: 6, retryDelayInMs: 1_000, maxRetryDelayInMs: 10_000 } as const;

/**
 * Opens the run store; nothing is read or made yet.
 * @throws StoreError STORE_DENIED when there is neither a connection string of that account nor a credential
 */
export function openRunStore(location: RunStoreLocation, access: RunStoreAccess = {}): Store {
  if (location.kind === "directory") return openDirectoryStore(location.path);
  const container = serviceClient(location.url, access).getContainerClient(location.container);
  return openAzureBlobStore(container, location.kind === "blob" && location.prefix !== undefined ? { prefix: location.prefix } : {});
}

function serviceClient(url: string | undefined, access: RunStoreAccess): BlobServiceClient {
  if (access.connectionString !== undefined) {
    const client = BlobServiceClient.fromConnectionString(access.connectionString, { retryOptions: RETRY });
    if (url === undefined || sameAccount(client.url, url)) return client;
  }
  if (url === undefined)
    throw new StoreError("STORE_DENIED", "The run store is in the host's storage account, and no connection string of it was given.");
  if (url.startsWith("http:")) {
    throw new StoreError(
      "STORE_DENIED",
      `The run store ${url} is plain http: no token is sent there. Give the emulator's connection string in AzureWebJobsStorage.`,
    );
  }
  if (access.credential === undefined) throw new StoreError("STORE_DENIED", `No credential was given for the run store ${url}.`);
  return new BlobServiceClient(url, access.credential(), { retryOptions: RETRY });
}

function sameAccount(one: string, other: string): boolean {
  return one.replace(/\/+$/, "").toLowerCase() === other.replace(/\/+$/, "").toLowerCase();
}
