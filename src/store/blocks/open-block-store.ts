import { AnonymousCredential, BlobServiceClient } from "@azure/storage-blob";
import type { StoragePipelineOptions } from "@azure/storage-blob";
import type { TokenCredential } from "@azure/core-auth";
import { StoreLocationError, readStoreLocation, showStoreLocation } from "../../settings/store-location.ts";
import type { StoreLocation } from "../../settings/store-location.ts";
import { StoreError } from "../store.ts";
import { sdkTransport } from "./azure-transport.ts";
import { openAzureBlockStore } from "./azure-blob.ts";
import type { BlockStore } from "./block-store.ts";
import { openDirectoryBlockStore } from "./directory.ts";

export interface BlockStoreAccess {
  /** `AZURE_STORAGE_SAS_TOKEN` and `AZURE_STORAGE_CONNECTION_STRING` are looked up here. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asked for only when neither a SAS nor a connection string of the account is there. Default `DefaultAzureCredential`. */
  readonly credential?: () => TokenCredential;
  /** The service compares an MD5 of each unit. Default false. */
  readonly transactionalMd5?: boolean;
}

/** Hosts that a token of Microsoft Entra ID may go to: the blob services of Azure's clouds. */
const AZURE_HOST =
  /^[a-z0-9]{3,24}(-secondary)?(\.z\d{1,2})?\.(privatelink\.)?blob\.(core\.windows\.net|core\.usgovcloudapi\.net|core\.chinacloudapi\.cn|core\.eaglex\.ic\.gov|core\.microsoft\.scloud|storage\.azure\.net)$/;

/** The caller repeats (`reconnecting.ts`): two loops would multiply, and the SDK's gives up after 16 s. */
const CLIENT: StoragePipelineOptions = { retryOptions: { maxTries: 1 } };

/**
 * Opens the store that `text` (of the flag or setting `field`) names; nothing is read or made yet. The store gives up at the first fault: wrap it in
 * `reconnecting`. Credentials, in this order: a SAS in the URL, then in the environment; a connection string of that account; `DefaultAzureCredential`,
 * to Azure's own hosts only and never over plain http.
 * @throws StoreLocationError when the text is wrong
 * @throws StoreError STORE_DENIED when there is no credential for it
 */
export async function openBlockStore(field: string, text: string, access: BlockStoreAccess): Promise<BlockStore> {
  const location = readStoreLocation(field, text);
  if (location.kind === "directory") return openDirectoryBlockStore(location.path);
  const container = (await serviceClient(location, access)).getContainerClient(location.container);
  return openAzureBlockStore(container, {
    transport: sdkTransport(container, { transactionalMd5: access.transactionalMd5 ?? false }),
    ...(location.prefix === undefined ? {} : { prefix: location.prefix }),
  });
}

async function serviceClient(location: StoreLocation & { kind: "blob" }, access: BlockStoreAccess): Promise<BlobServiceClient> {
  const { serviceUrl } = location;
  const sas = location.sas?.reveal() ?? readSas(access.environment["AZURE_STORAGE_SAS_TOKEN"]);
  if (sas !== undefined) return new BlobServiceClient(`${serviceUrl}?${sas}`, new AnonymousCredential(), CLIENT);
  const byString = connectionStringClient(access.environment["AZURE_STORAGE_CONNECTION_STRING"]);
  if (byString !== undefined && sameAccount(byString.url, serviceUrl)) return byString;
  const denied = (why: string): StoreError => new StoreError("STORE_DENIED", `No credential for ${showStoreLocation(location)}: ${why}`);
  const ways =
    "Give a SAS in the URL or in AZURE_STORAGE_SAS_TOKEN, or the account's connection string in AZURE_STORAGE_CONNECTION_STRING" +
    (byString === undefined ? "." : ` (the one that is there is of ${bare(byString.url)}).`);
  if (serviceUrl.startsWith("http:")) throw denied(`no token is sent over plain http. ${ways}`);
  if (!AZURE_HOST.test(new URL(serviceUrl).hostname)) throw denied(`tokens are sent to the blob services of Azure only. ${ways}`);
  return new BlobServiceClient(serviceUrl, await credentialOf(access), CLIENT);
}

async function credentialOf(access: BlockStoreAccess): Promise<TokenCredential> {
  if (access.credential !== undefined) return access.credential();
  // Loaded here: a directory needs none of it, and it is large.
  const { DefaultAzureCredential } = await import("@azure/identity");
  return new DefaultAzureCredential();
}

function readSas(text: string | undefined): string | undefined {
  const sas = text?.trim().replace(/^\?/, "") ?? "";
  if (sas === "") return undefined;
  if (!/(^|&)sig=[^&]/.test(sas) || /[\s#?]/.test(sas))
    throw new StoreLocationError("AZURE_STORAGE_SAS_TOKEN", "a text without sig=, or with a space", "a SAS: sv=…&sig=…");
  return sas;
}

function connectionStringClient(text: string | undefined): BlobServiceClient | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  try {
    return BlobServiceClient.fromConnectionString(text.trim(), CLIENT);
  } catch {
    // The parser's own message may repeat a part of it.
    throw new StoreLocationError(
      "AZURE_STORAGE_CONNECTION_STRING",
      "a text that cannot be read",
      "UseDevelopmentStorage=true, or a connection string with AccountName= and AccountKey=, or BlobEndpoint= and SharedAccessSignature=",
    );
  }
}

function sameAccount(one: string, other: string): boolean {
  return bare(one).toLowerCase() === bare(other).toLowerCase();
}

function bare(url: string): string {
  return (url.split("?")[0] ?? "").replace(/\/+$/, "");
}
