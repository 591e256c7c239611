/** Pages of the backup lists. A next link names the moment of the first page, so that jobs that come meanwhile do not shift the rows. */
import { failure, type SimulatorResponse } from "../messages.ts";
import type { FilterError } from "./filter.ts";

export interface PageRequest {
  /** The request's URL, to build the next link from. */
  readonly url: URL;
  readonly filter: string | undefined;
  readonly skipToken: string | undefined;
}

export function pageRequest(url: URL): PageRequest {
  const parameter = (wanted: string): string | undefined => {
    for (const [name, value] of url.searchParams) if (name.toLowerCase() === wanted) return value;
    return undefined;
  };
  return { url, filter: parameter("$filter"), skipToken: parameter("$skiptoken") };
}

/** The published lists use an encoded XML token. */
const TOKEN = /^<Token at="(\d+)" offset="(\d+)"\/>$/;

function tokenOf(page: PageRequest): { readonly atMs: number; readonly offset: number } | undefined {
  const parts = TOKEN.exec(page.skipToken ?? "");
  return parts === null ? undefined : { atMs: Number(parts[1]), offset: Number(parts[2]) };
}

/** The moment that the list is about. */
export function momentOf(page: PageRequest, nowMs: number): number {
  return tokenOf(page)?.atMs ?? nowMs;
}

export function paged<T>(
  rows: readonly T[],
  page: PageRequest,
  size: number,
  nowMs: number,
): { readonly slice: readonly T[]; readonly nextLink: string | undefined } {
  const from = tokenOf(page)?.offset ?? 0;
  const slice = rows.slice(from, from + size);
  if (from + slice.length >= rows.length) return { slice, nextLink: undefined };
  const next = new URL(page.url);
  for (const name of page.url.searchParams.keys()) if (name.toLowerCase() === "$skiptoken") next.searchParams.delete(name);
  next.searchParams.set("$skipToken", `<Token at="${momentOf(page, nowMs)}" offset="${from + slice.length}"/>`);
  return { slice, nextLink: next.href };
}

export function badFilter({ problem }: FilterError): SimulatorResponse {
  return failure(400, "BadRequest", problem);
}
