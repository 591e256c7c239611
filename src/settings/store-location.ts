/** Where a store of backups is: the text of `--to` and `--from`. */
import { isLoopback, readEndpoint } from "./addresses.ts";
import { Secret } from "./secret.ts";

export type StoreLocation =
  | { readonly kind: "directory"; readonly path: string }
  | {
      readonly kind: "blob";
      /** Of the blob service, without a slash at its end; an emulator's has the account as its path. */
      readonly serviceUrl: string;
      readonly container: string;
      readonly prefix?: string;
      /** Without "?". */
      readonly sas?: Secret;
    };

/** A text that names no store. Exit code 2; nothing has been read or made. */
export class StoreLocationError extends Error {
  readonly code = "STORE_LOCATION_WRONG";
  constructor(field: string, found: string, allowed: string) {
    super(`${field}: found ${found}; allowed: ${allowed}.`);
    this.name = "StoreLocationError";
  }
}

const ALLOWED =
  "https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX], with ?SAS or without (plain http for an emulator on this machine only: http://127.0.0.1:PORT/ACCOUNT/CONTAINER[/PREFIX]), or a directory";
/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/;
const PREFIX = /^[A-Za-z0-9_~=-][A-Za-z0-9._~=-]*(?<!\.)(\/[A-Za-z0-9_~=-][A-Za-z0-9._~=-]*(?<!\.))*$/;
const MOST_PREFIX_CHARACTERS = 200;
const MOST_SHOWN_CHARACTERS = 200;

/**
 * `field` names the flag or setting in errors. What follows a "?" is never repeated in them: it may be a SAS.
 * @throws StoreLocationError
 */
export function readStoreLocation(field: string, text: string): StoreLocation {
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) return readBlobLocation(field, text);
  if (text.trim() === "") throw new StoreLocationError(field, "nothing", ALLOWED);
  if (/\p{Cc}/u.test(text)) throw new StoreLocationError(field, "a control character", ALLOWED);
  return { kind: "directory", path: text };
}

function readBlobLocation(field: string, text: string): StoreLocation {
  const wrong = (why: string): StoreLocationError => {
    const [shown = ""] = text.split(/[?#]/);
    return new StoreLocationError(field, `${JSON.stringify(shown.slice(0, MOST_SHOWN_CHARACTERS))} (${why})`, ALLOWED);
  };
  // Shown as it is: not with a user's password.
  if (/^[^?#]*\/\/[^/?#]*@/.test(text)) throw new StoreLocationError(field, "a URL with a user name", ALLOWED);
  const url = readEndpoint(text);
  if (url === undefined) throw wrong("no https URL");
  if (url.hash !== "") throw wrong("a part after #");
  if (/\/\.{1,2}(\/|$)|\/\/|%/.test(text.replace(/^[a-z]+:\/\//i, "").split("?")[0] ?? ""))
    throw wrong('"//", "." , ".." or "%" in the path');
  const segments = url.pathname.replace(/^\//, "").replace(/\/$/, "").split("/");
  // An emulator has no host name per account: the account is the first segment.
  const account = isLoopback(url.hostname) ? (segments.shift() ?? "") : undefined;
  if (account === "") throw wrong("no account");
  const container = segments.shift() ?? "";
  if (!CONTAINER.test(container))
    throw wrong(container === "" ? "no container" : "a container's name has 3 to 63 lower-case letters, digits and single hyphens");
  const prefix = segments.join("/");
  if (prefix !== "" && (prefix.length > MOST_PREFIX_CHARACTERS || !PREFIX.test(prefix)))
    throw wrong(`a prefix has at most ${MOST_PREFIX_CHARACTERS} characters A-Z a-z 0-9 . _ ~ = -, no part of it begins or ends with a dot`);
  if (url.search !== "" && !url.searchParams.has("sig")) throw wrong("a query that is no SAS: it has no sig=");
  return {
    kind: "blob",
    serviceUrl: account === undefined ? url.origin : `${url.origin}/${account}`,
    container,
    ...(prefix === "" ? {} : { prefix }),
    ...(url.search === "" ? {} : { sas: new Secret(url.search.slice(1)) }),
  };
}

/** For people, reports and settings: without a SAS. */
export function showStoreLocation(location: StoreLocation): string {
  if (location.kind === "directory") return location.path;
  const { serviceUrl, container, prefix } = location;
  return `${serviceUrl}/${container}${prefix === undefined ? "" : `/${prefix}`}`;
}
