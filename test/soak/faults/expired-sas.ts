/** R4, J7: the SAS expires in the middle of a session. It is a failure and no lost connection; with another one the next session goes on. */
import {
  BlobServiceClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from "@azure/storage-blob";
import type { Azurite } from "../../support/azurite.ts";
import { blocksResumed, unless, type FaultBench, type FaultRow } from "./bench.ts";

const SIZE_MIB = 64;

function sasToken({ connectionString }: Azurite, container: string, expiresOn: Date): string {
  const { AccountName = "", AccountKey = "" } = Object.fromEntries(
    connectionString.split(";").map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]),
  );
  return generateBlobSASQueryParameters(
    { containerName: container, permissions: ContainerSASPermissions.parse("racwdl"), expiresOn },
    new StorageSharedKeyCredential(AccountName, AccountKey),
  ).toString();
}

export async function expiredSas(bench: FaultBench, azurite: Azurite): Promise<FaultRow> {
  const name = bench.name("expired-sas");
  await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer(name);
  const disk = bench.image(name, SIZE_MIB);
  const storeUntil = (expiresOn: Date) => ({
    place: `${azurite.url}/${name}`,
    settings: { AZURE_STORAGE_SAS_TOKEN: sasToken(azurite, name, expiresOn) },
  });
  // Eleven seconds of transfer, of which about half are left.
  const first = storeUntil(new Date(Date.now() + 7_000));
  const job = bench.job(name, first, { disk }, { retries: { count: 1, wait: "1s" }, bandwidth: "6MiB" });
  const refused = await bench.backup(job, first);
  const next = storeUntil(new Date(Date.now() + 3_600_000));
  const again = await bench.backup(job, next);
  return {
    fault: "SAS expired in the middle",
    ended: "task failed, retry failed; the next session: success",
    retries: refused.retries + again.retries,
    points: (await bench.points(next)).length,
    blocksResumed: blocksResumed(again),
    wrong: [
      ...unless(
        refused.code === 1 && refused.words.includes("the service refused (403"),
        "the first session did not say why it failed",
        refused,
      ),
      ...unless(!refused.words.includes("connection was lost"), "taken for a lost connection", refused),
      ...unless(again.code === 0 && again.result === "success", "the next session did not succeed", again),
      ...unless(blocksResumed(again) >= 8, "sent again what had arrived", again),
      ...(await bench.wrongWith(next, disk)),
    ],
  };
}
