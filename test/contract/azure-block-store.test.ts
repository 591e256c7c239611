import { BlobServiceClient } from "@azure/storage-blob";
import { afterAll } from "vitest";
import { openAzureBlockStore } from "../../src/store/blocks/azure-blob.ts";
import { startAzurite } from "../support/azurite.ts";
import { reconnecting } from "../../src/store/blocks/reconnecting.ts";
import { describeBlockStoreContract } from "./block-store-contract.ts";
import { describeStoreContract } from "./store-contract.ts";

const azurite = await startAzurite();
afterAll(() => azurite.stop());

let places = 0;
let keepAlive = false;
const place = async () => {
  // A container that is not there yet, and every other time a prefix.
  // A connection per request: the emulator closes idle ones after 5 s, and the bare store does not repeat what meets that.
  const client = BlobServiceClient.fromConnectionString(azurite.connectionString, {
    retryOptions: { maxTries: 1 },
    keepAliveOptions: { enable: keepAlive },
  });
  const container = client.getContainerClient(`place-${++places}`);
  return () => openAzureBlockStore(container, places % 2 === 0 ? { prefix: "stores/of.a~place" } : {});
};
describeBlockStoreContract("the block store in blob storage", place);
describeStoreContract("the block store in blob storage", place);

const wrapped = async () => {
  keepAlive = true;
  const open = await place();
  return () => reconnecting(open());
};
describeBlockStoreContract("the reconnecting block store in blob storage", wrapped);
describeStoreContract("the reconnecting block store in blob storage", wrapped);
