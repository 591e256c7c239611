import { createMemoryStore } from "../../src/store/memory.ts";
import { describeStoreContract } from "./store-contract.ts";

describeStoreContract("the memory store", async () => {
  const store = createMemoryStore();
  return () => store;
});
