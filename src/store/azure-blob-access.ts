/**
 * What a person can do when the service refuses (401, 403). In: the client, which knows how it signs in; the answer. Out: one sentence without its full stop.
 * Of a SAS its times and permissions are said, never its signature.
 */
import { RestError } from "@azure/core-rest-pipeline";
import { StorageSharedKeyCredential } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";

export type AccessAdvice = (error: unknown) => string;

export function accessAdvice(container: ContainerClient): AccessAdvice {
  const { searchParams } = new URL(container.url);
  if (searchParams.has("sig")) return (error) => sasAdvice(searchParams, error);
  if (container.credential instanceof StorageSharedKeyCredential)
    return () => "The account key of the connection string was not accepted: it may have been renewed, or the account allows no keys";
  return () => 'The identity needs the role "Storage Blob Data Contributor" on the container';
}

function sasAdvice(sas: URLSearchParams, error: unknown): string {
  const value = (name: string): string | undefined => {
    const text = sas.get(name);
    return text !== null && /^[\w:.+-]{1,64}$/.test(text) ? text : undefined;
  };
  const [from, until, policy, permissions] = [value("st"), value("se"), value("si"), value("sp")];
  const nowMs = answeredAtMs(error);
  if (until !== undefined && Date.parse(until) <= nowMs) return `The SAS has expired (it was valid until ${until}): give a new one`;
  if (from !== undefined && Date.parse(from) > nowMs) return `The SAS is not valid yet (it is valid from ${from})`;
  const facts = [
    ...(until === undefined ? [] : [`it is valid until ${until}`]),
    ...(permissions === undefined ? [] : [`its permissions are ${permissions}`]),
    ...(policy === undefined ? [] : [`the rest stands in the stored access policy ${policy}`]),
  ];
  const known = facts.length === 0 ? "" : `: ${facts.join(", ")}`;
  return (
    `Look at the SAS${known}. A backup needs racwdl, reading needs rl; it also ends with its key or stored access policy, ` +
    "and may be bound to addresses, as the account itself may be"
  );
}

/** By the service's clock, which is the one that counts; NaN, which is neither before nor after anything, without an answer. */
function answeredAtMs(error: unknown): number {
  return Date.parse(error instanceof RestError ? (error.response?.headers.get("date") ?? "") : "");
}
