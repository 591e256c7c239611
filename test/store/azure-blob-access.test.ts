/** What is advised when the service refuses: it depends on how the client signs in. */
import { AnonymousCredential, BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { afterAll, describe, expect, it } from "vitest";
import { openAzureBlockStore } from "../../src/store/blocks/azure-blob.ts";
import { startStandIn } from "../support/stand-in-service.ts";

const standIn = await startStandIn();
afterAll(() => standIn.stop());

const SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ==";
const ACCOUNT_KEY = "c2VjcmV0LWFjY291bnQta2V5";
const once = { retryOptions: { maxTries: 1 } };

/** The message for a 403, of a record and of a unit. */
async function told(query: string, key?: string): Promise<string> {
  const credential = key === undefined ? new AnonymousCredential() : new StorageSharedKeyCredential("account", key);
  const container = new BlobServiceClient(`${standIn.url}/account${query}`, credential, once).getContainerClient("backups");
  const store = openAzureBlockStore(container);
  standIn.answer(() => ({ status: 403, code: "AuthenticationFailed" }));
  const errors = await Promise.allSettled([store.putUnit("data/s", "00".repeat(48), Buffer.from("unit")), store.get("store.json")]);
  const texts = errors.map((each) => (each.status === "rejected" ? String((each.reason as Error).stack) : "no error"));
  for (const text of texts) {
    expect(text).not.toContain(SIGNATURE);
    expect(text).not.toContain(encodeURIComponent(SIGNATURE));
    expect(text).not.toContain(ACCOUNT_KEY);
    expect(text).toContain("403 AuthenticationFailed");
  }
  const advice = texts.map((text) => text.split("\n")[0]?.replace(/^.*AuthenticationFailed\)\. /, ""));
  expect(advice[0]).toBe(advice[1]);
  return advice[0] ?? "";
}

const sas = (fields: string): string => `?sv=2025-01-05&${fields}sig=${encodeURIComponent(SIGNATURE)}`;
const at = (ms: number): string => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}Z`;

describe("the advice for a store that refuses", () => {
  it("is of the SAS when one was given: expired, not valid yet, or what it allows", async () => {
    const [past, soon] = [at(-3_600_000), at(3_600_000)];
    expect(await told(sas(`se=${past}&sp=racwdl&`))).toBe(`The SAS has expired (it was valid until ${past}): give a new one.`);
    expect(await told(sas(`st=${soon}&se=${soon}&sp=racwdl&`))).toBe(`The SAS is not valid yet (it is valid from ${soon}).`);
    expect(await told(sas(`se=${soon}&sp=rl&`))).toMatch(
      new RegExp(`^Look at the SAS: it is valid until ${soon}, its permissions are rl\\. A backup needs racwdl, `),
    );
    expect(await told(sas("si=nightly&"))).toMatch(/^Look at the SAS: the rest stands in the stored access policy nightly\. /);
    expect(await told(sas("se=%1b[31m&"))).toMatch(/^Look at the SAS\. A backup/);
  });

  it("is of the key or of the role otherwise", async () => {
    expect(await told("", ACCOUNT_KEY)).toMatch(/^The account key of the connection string was not accepted/);
    expect(await told("")).toBe('The identity needs the role "Storage Blob Data Contributor" on the container.');
  });
});
