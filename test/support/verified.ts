import { readCatalog, type CatalogPoint } from "../../src/agent/repository/catalog.ts";
import type { Repository } from "../../src/agent/repository/repository.ts";
import { verify, type VerifyReport } from "../../src/agent/verify/verify.ts";

/** What `verify` says of a store as it is now: in full unless told otherwise, of all points or of some. */
export async function verified(
  repository: Repository,
  full = true,
  { only, signal = new AbortController().signal }: { readonly only?: readonly CatalogPoint[]; readonly signal?: AbortSignal } = {},
): Promise<VerifyReport> {
  const catalog = await readCatalog(repository);
  return verify({ repository, catalog, only, full, now: () => new Date().toISOString(), signal, onProgress: () => {} });
}
