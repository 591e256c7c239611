import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll } from "vitest";
import { openAzureBlobStore } from "../../src/store/azure-blob.ts";
import { startAzurite } from "../support/azurite.ts";
import { describeStoreContract } from "./store-contract.ts";

const azurite = await startAzurite();
afterAll(() => azurite.stop());

let places = 0;
describeStoreContract("the store in blob storage", async () => {
  // A container that is not there yet, and every other time a prefix.
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(`place-${++places}`);
  return () => openAzureBlobStore(container, places % 2 === 0 ? { prefix: "runs/of.a~place" } : {});
});
