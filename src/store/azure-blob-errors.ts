import { RestError } from "@azure/core-rest-pipeline";
import type { AccessAdvice } from "./azure-blob-access.ts";
import { StoreError } from "./store.ts";

/** True when the service refused with one of these codes. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export function refusedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof RestError && codes.includes(codeOf(error));
}

/** Retention or a legal hold, of the container or of one blob. https://learn.microsoft.com/azure/storage/blobs/immutable-storage-overview */
export function isImmutable(error: unknown): boolean {
  return refusedWith(error, "BlobImmutableDueToPolicy", "BlobImmutableDueToLegalHold");
}

/** Something of that name is there already. The last is the answer to a SAS that may create but not overwrite. */
export function isTaken(error: unknown): boolean {
  return refusedWith(error, "BlobAlreadyExists", "ConditionNotMet", "UnauthorizedBlobOverwrite") || isImmutable(error);
}

/** A HEAD request has no body: there the status is all that is known. */
export function isAbsent(error: unknown): boolean {
  return refusedWith(error, "BlobNotFound", "ContainerNotFound") || (error instanceof RestError && error.statusCode === 404);
}

/** `error` as a `StoreError`, with advice where access is denied; the service's own message is left out, it repeats headers of the request. */
export function translated(what: string, place: string, error: unknown, advice: AccessAdvice): Error {
  if (error instanceof StoreError) return error;
  const fail = (code: StoreError["code"], why: string): StoreError =>
    new StoreError(code, `Could not ${what} in ${place}: ${why}.`, { cause: error });
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError" || name === "TimeoutError") return fail("STORE_UNREACHABLE", "no answer in time");
  if (/Authentication|CredentialUnavailable/.test(name)) return fail("STORE_DENIED", `signing in failed (${name})`);
  if (!(error instanceof RestError)) return error instanceof Error ? error : new Error(String(error));
  const { statusCode } = error;
  const code = codeOf(error);
  if (statusCode === undefined) return fail("STORE_UNREACHABLE", `the connection failed (${code})`);
  if (isImmutable(error)) return fail("STORE_IMMUTABLE", `an immutability policy or a legal hold protects it (${statusCode} ${code})`);
  if (refusedWith(error, "BlobArchived", "BlobBeingRehydrated")) {
    return fail(
      "STORE_ARCHIVED",
      `it is in the archive tier (${statusCode} ${code}). Set its tier to Hot, Cool or Cold, wait until it is rehydrated (hours), and start again`,
    );
  }
  if (statusCode === 401 || statusCode === 403) {
    return fail("STORE_DENIED", `the service refused (${statusCode} ${code}). ${advice(error)}`);
  }
  if (statusCode === 408 || statusCode === 429 || statusCode >= 500)
    return fail("STORE_UNREACHABLE", `the service is busy or failing (${statusCode} ${code})`);
  return fail("STORE_FAILED", `the service refused (${statusCode} ${code})`);
}

function codeOf(error: RestError): string {
  const details = error.details as { readonly errorCode?: unknown } | undefined;
  const code = typeof details?.errorCode === "string" ? details.errorCode : (error.code ?? "no code");
  return code.replace(/[^\w.-]/g, "").slice(0, 80);
}
