import { createMemoryBlockStore } from "../../src/store/blocks/memory.ts";
import { reconnecting } from "../../src/store/blocks/reconnecting.ts";
import { describeBlockStoreContract } from "./block-store-contract.ts";
import { describeStoreContract } from "./store-contract.ts";

const place = async () => {
  const store = createMemoryBlockStore();
  return () => store;
};
describeBlockStoreContract("the block store in memory", place);
describeStoreContract("the block store in memory", place);

const wrapped = async () => {
  const open = await place();
  return () => reconnecting(open());
};
describeBlockStoreContract("the reconnecting block store in memory", wrapped);
describeStoreContract("the reconnecting block store in memory", wrapped);
