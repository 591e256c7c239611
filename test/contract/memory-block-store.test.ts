import { createMemoryBlockStore } from "../../src/store/blocks/memory.ts";
import { describeBlockStoreContract } from "./block-store-contract.ts";
import { describeStoreContract } from "./store-contract.ts";

const place = async () => {
  const store = createMemoryBlockStore();
  return () => store;
};
describeBlockStoreContract("the block store in memory", place);
describeStoreContract("the block store in memory", place);
