import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll } from "vitest";
import { openAzureBlockStore } from "../../src/store/blocks/azure-blob.ts";
import { startAzurite } from "../support/azurite.ts";
import { describeBlockStoreContract } from "./block-store-contract.ts";
import { describeStoreContract } from "./store-contract.ts";

const azurite = await startAzurite();
afterAll(() => azurite.stop());

let places = 0;
const place = async () => {
  // A container that is not there yet, and every other time a prefix.
  const client = BlobServiceClient.fromConnectionString(azurite.connectionString, { retryOptions: { maxTries: 1 } });
  const container = client.getContainerClient(`place-${++places}`);
  return () => openAzureBlockStore(container, places % 2 === 0 ? { prefix: "stores/of.a~place" } : {});
};
describeBlockStoreContract("the block store in blob storage", place);
describeStoreContract("the block store in blob storage", place);
