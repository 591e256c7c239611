import {
  BlobServiceClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from "@azure/storage-blob";
import { inspect } from "node:util";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeFailure } from "../../../src/cli/failure.ts";
import { readStoreLocation, showStoreLocation } from "../../../src/settings/store-location.ts";
import { openBlockStore } from "../../../src/store/blocks/open-block-store.ts";
import { startAzurite } from "../../support/azurite.ts";

const azurite = await startAzurite();
const base = await mkdtemp(join(tmpdir(), "reprise-open-"));
afterAll(async () => {
  await azurite.stop();
  await rm(base, { recursive: true, force: true });
});
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const SIGNATURE = "c2VjcmV0LXNpZ25hdHVyZQ==";

function sasOf(container: string): string {
  const { AccountName = "", AccountKey = "" } = Object.fromEntries(
    azurite.connectionString.split(";").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
  );
  return generateBlobSASQueryParameters(
    { containerName: container, permissions: ContainerSASPermissions.parse("racwdl"), expiresOn: new Date(Date.now() + 3_600_000) },
    new StorageSharedKeyCredential(AccountName, AccountKey),
  ).toString();
}

describe("the place of a store", () => {
  it.each([
    ["https://contoso.blob.core.windows.net/backups", "https://contoso.blob.core.windows.net/backups"],
    ["https://contoso.blob.core.windows.net/backups/", "https://contoso.blob.core.windows.net/backups"],
    ["https://contoso.blob.core.windows.net/backups/laptops/anna.b", "https://contoso.blob.core.windows.net/backups/laptops/anna.b"],
    ["https://contoso.z01.blob.storage.azure.net/backups", "https://contoso.z01.blob.storage.azure.net/backups"],
    ["https://contoso.blob.core.chinacloudapi.cn/backups", "https://contoso.blob.core.chinacloudapi.cn/backups"],
    [`https://contoso.blob.core.windows.net/backups?sv=2025-01-05&sig=${SIGNATURE}`, "https://contoso.blob.core.windows.net/backups"],
    ["http://127.0.0.1:10000/devstoreaccount1/backups/a", "http://127.0.0.1:10000/devstoreaccount1/backups/a"],
    ["/mnt/nas/backups", "/mnt/nas/backups"],
    ["C:\\backups", "C:\\backups"],
    ["backups", "backups"],
  ])("reads %s", (given, shown) => {
    const location = readStoreLocation("--to", given);
    expect(showStoreLocation(location)).toBe(shown);
    expect(inspect(location) + JSON.stringify(location)).not.toContain(SIGNATURE);
  });

  it.each([
    ["", "nothing"],
    ["https://contoso.blob.core.windows.net", "no container"],
    ["https://contoso.blob.core.windows.net/UPPER", "3 to 63 lower-case"],
    ["https://contoso.blob.core.windows.net/$root", "3 to 63 lower-case"],
    ["https://contoso.blob.core.windows.net/backups/a b", "no https URL"],
    ["https://contoso.blob.core.windows.net/backups/../other", '".."'],
    ["https://contoso.blob.core.windows.net/backups/%2e%2e", '"%"'],
    ["https://contoso.blob.core.windows.net/backups/.hidden", "begins or ends with a dot"],
    ["https://contoso.blob.core.windows.net/backups/a//b", '"//"'],
    [`https://contoso.blob.core.windows.net/backups?sv=2025-01-05&sog=${SIGNATURE}`, "no sig="],
    [`https://contoso.blob.core.windows.net/UPPER?sig=${SIGNATURE}`, "3 to 63 lower-case"],
    [`https://contoso.blob.core.windows.net/backups?sig=${SIGNATURE}#x`, "after #"],
    [`https://user:${SIGNATURE}@contoso.blob.core.windows.net/backups`, "user name"],
    ["http://contoso.blob.core.windows.net/backups", "no https URL"],
    ["http://127.0.0.1:10000/", "no account"],
    ["http://127.0.0.1:10000/devstoreaccount1", "no container"],
    ["s3://bucket/backups", "no https URL"],
    ["a\nb", "a control character"],
  ])("U5: refuses %s", (given, why) => {
    const refused = (): unknown => readStoreLocation("--to", given);
    expect(refused).toThrow(expect.objectContaining({ code: "STORE_LOCATION_WRONG" }) as Error);
    expect(refused).toThrow(
      /^--to: found .*; allowed: https:\/\/ACCOUNT\.blob\.core\.windows\.net\/CONTAINER\[\/PREFIX\], .* or a directory\.$/,
    );
    expect(refused).toThrow(why);
    try {
      refused();
    } catch (error) {
      expect(String(error)).not.toContain(SIGNATURE);
      expect(describeFailure(error, false).code).toBe(2);
    }
  });
});

describe("opening a store", () => {
  const credential = (): never => {
    throw new Error("a token was asked for");
  };

  it("opens a directory, and makes nothing before the first write", async () => {
    const store = await openBlockStore("--to", join(base, "new"), { environment: {} });
    expect(await store.exists()).toBe(false);
    expect(await readdir(base)).toEqual([]);
    await store.put("record", text("x"));
    expect(await store.exists()).toBe(true);
  });

  it("takes a SAS from the URL, then from the environment, then the connection string, with a prefix", async () => {
    const account = BlobServiceClient.fromConnectionString(azurite.connectionString);
    await account.createContainer("places");
    const sas = sasOf("places");
    const wrong = `sv=2025-01-05&sig=${encodeURIComponent(SIGNATURE)}`;
    const place = `${azurite.url}/places/a/b`;
    const byUrl = await openBlockStore("--to", `${place}?${sas}`, { environment: { AZURE_STORAGE_SAS_TOKEN: wrong }, credential });
    await byUrl.put("one", text("1"));
    await byUrl.putUnit("data/s", "aa", text("unit"));
    await byUrl.seal("data/s", ["aa"]);
    expect(await byUrl.exists()).toBe(true);
    const bySas = await openBlockStore("--to", place, {
      environment: {
        AZURE_STORAGE_SAS_TOKEN: `?${sas}`,
        AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString.replace(/AccountKey=[^;]+/, "AccountKey=d3Jvbmc="),
      },
      credential,
    });
    expect(new TextDecoder().decode((await bySas.get("one"))?.bytes)).toBe("1");
    const byString = await openBlockStore("--to", place, {
      environment: { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString },
      credential,
    });
    expect(new TextDecoder().decode(await byString.readRange("data/s", 0, 4))).toBe("unit");
    const names: string[] = [];
    for await (const { name } of account.getContainerClient("places").listBlobsFlat()) names.push(name);
    expect(names).toEqual(["a/b/data/s", "a/b/one"]);
    const denied = await (
      await openBlockStore("--to", `${place}?${wrong}`, { environment: {} })
    )
      .get("one")
      .catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: "STORE_DENIED" });
    expect((denied as Error).message).not.toContain("sig");
  });

  it("sends no token over plain http, and none to hosts that are not Azure's", async () => {
    const environment = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    await expect(openBlockStore("--to", "http://127.0.0.1:9/other/backups", { environment, credential })).rejects.toMatchObject({
      code: "STORE_DENIED",
      message: expect.stringMatching(
        /plain http.*AZURE_STORAGE_SAS_TOKEN.*the one that is there is of http:\/\/127\.0\.0\.1:\d+\/reprisetest\)\.$/,
      ) as string,
    });
    for (const host of ["contoso.blob.core.windows.net.example.com", "blob.example.com", "contoso.file.core.windows.net"])
      await expect(openBlockStore("--to", `https://${host}/backups`, { environment: {}, credential })).rejects.toMatchObject({
        code: "STORE_DENIED",
      });
    await expect(openBlockStore("--to", "https://contoso.blob.core.windows.net/backups", { environment, credential })).rejects.toThrow(
      "a token was asked for",
    );
  });

  it("U5: refuses what is no SAS and no connection string, without repeating it", async () => {
    for (const [name, value] of [
      ["AZURE_STORAGE_SAS_TOKEN", `signature=${SIGNATURE}`],
      ["AZURE_STORAGE_CONNECTION_STRING", `AccountKey=${SIGNATURE}`],
    ] as const) {
      const error = await openBlockStore("--to", "https://contoso.blob.core.windows.net/backups", { environment: { [name]: value } }).catch(
        (error: unknown) => error,
      );
      expect(error).toMatchObject({
        code: "STORE_LOCATION_WRONG",
        message: expect.stringMatching(`^${name}: found .*; allowed: `) as string,
      });
      expect(String(error)).not.toContain(SIGNATURE);
    }
  });
});
