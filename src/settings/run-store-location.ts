import { isLoopback, readEndpoint } from "./addresses.ts";
import type { Kind } from "./kinds.ts";

/** Where the run store is. It holds no key: a connection string stays in the environment and is handed to `openRunStore`. */
export type RunStoreLocation =
  | { readonly kind: "directory"; readonly path: string }
  /** `url` is the blob service's (`https://ACCOUNT.blob.core.windows.net`, an emulator's with the account as its path), without a slash at its end. */
  | { readonly kind: "blob"; readonly url: string; readonly container: string; readonly prefix?: string }
  /** The function's own storage account; without `url` the connection string says which. */
  | { readonly kind: "host-storage"; readonly container: string; readonly url?: string };

const DEFAULT_CONTAINER = "reprise-runs";
const DEFAULT_DIRECTORY = ".reprise";
/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const PREFIX = /^[A-Za-z0-9_~=-]+(\/[A-Za-z0-9_~=-]+)*$/;
const ACCOUNT = /^[a-z0-9]{3,24}$/;

export const runStoreKind: Kind<RunStoreLocation> = {
  allowed:
    "https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] without query (plain http for an emulator on this machine only), or a directory",
  read: (text) => (/^[a-z][a-z0-9+.-]+:/i.test(text) ? readBlobLocation(text) : readDirectory(text)),
};

function readDirectory(text: string): RunStoreLocation | undefined {
  return /\p{Cc}/u.test(text) ? undefined : { kind: "directory", path: text };
}

function readBlobLocation(text: string): RunStoreLocation | undefined {
  const url = readEndpoint(text);
  if (url === undefined || url.search !== "" || url.hash !== "") return undefined;
  const segments = url.pathname.replace(/^\//, "").replace(/\/$/, "").split("/");
  // An emulator has no host name per account: the account is the first segment.
  const account = isLoopback(url.hostname) ? segments.shift() : undefined;
  const container = segments.shift() ?? "";
  const prefix = segments.join("/");
  if (!CONTAINER.test(container) || account === "" || (prefix !== "" && (prefix.length > 200 || !PREFIX.test(prefix)))) return undefined;
  const service = account === undefined ? url.origin : `${url.origin}/${account}`;
  return { kind: "blob", url: service, container, ...(prefix === "" ? {} : { prefix }) };
}

/** What the Functions host itself is told about its storage account. */
export const hostStorage = {
  connectionString: "AzureWebJobsStorage",
  accountName: "AzureWebJobsStorage__accountName",
  blobServiceUri: "AzureWebJobsStorage__blobServiceUri",
} as const;

export const connectionStringKind: Kind<string> = {
  allowed: "a storage connection string: UseDevelopmentStorage=true, or one with AccountName= or BlobEndpoint=",
  read: (text) => (/^UseDevelopmentStorage=true(;|$)|(^|;)(AccountName|BlobEndpoint)=[^;]/.test(text) ? text : undefined),
};

export const accountNameKind: Kind<string> = {
  allowed: "the name of a storage account: 3 to 24 lower-case letters and digits",
  read: (text) => (ACCOUNT.test(text) ? `https://${text}.blob.core.windows.net` : undefined),
};

export const blobServiceKind: Kind<string> = {
  allowed: "the URL of a blob service, https (plain http on this machine only), without query",
  read: (text) => {
    const url = readEndpoint(text);
    return url === undefined || url.search !== "" || url.hash !== "" ? undefined : (url.origin + url.pathname).replace(/\/+$/, "");
  },
};

/** Where runs are kept when `REPRISE_STORE` says nothing: beside the host's own records, else in the working directory. */
export function defaultRunStore(host: {
  readonly connectionString?: string | undefined;
  readonly url?: string | undefined;
}): RunStoreLocation {
  if (host.connectionString !== undefined) return { kind: "host-storage", container: DEFAULT_CONTAINER };
  if (host.url !== undefined) return { kind: "host-storage", container: DEFAULT_CONTAINER, url: host.url };
  return { kind: "directory", path: DEFAULT_DIRECTORY };
}
