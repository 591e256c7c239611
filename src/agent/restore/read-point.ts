/** A restore point, opened: its manifest, checked to be that of the point, and where its pages are. In: a row of the catalog. Out: what reading its blocks takes. */
import { DamageError } from "../format/damage.ts";
import { PLAIN_KEY_ID } from "../format/data-key.ts";
import { PAGE_BLOCKS } from "../format/index-page.ts";
import { places } from "../format/places.ts";
import { manifestRecord, type Manifest } from "../format/records.ts";
import type { CatalogPoint } from "../repository/catalog.ts";
import type { Repository, StoreKey } from "../repository/repository.ts";

export interface OpenPoint {
  readonly point: CatalogPoint;
  readonly manifest: Manifest;
  /** That its units were made with. */
  readonly key: StoreKey;
  readonly pagePlace: (pageId: string) => string;
}

/** @throws DamageError */
export async function readPoint(repository: Repository, point: CatalogPoint): Promise<OpenPoint> {
  const { row, machineName, diskName } = point;
  const manifest = await repository.readRecord(row.manifest, manifestRecord);
  if (manifest === undefined) throw new DamageError(row.manifest, "it is missing");
  if (manifest.point !== row.id || manifest.machine !== row.machine || manifest.disk !== row.disk)
    throw new DamageError(row.manifest, "it is the manifest of another point");
  const { blockSize, keyId } = manifest.shape;
  const pages = Math.ceil(Math.ceil(manifest.sizeBytes / blockSize) / PAGE_BLOCKS);
  if (manifest.source.kind === "disk" && manifest.pages.length !== pages)
    throw new DamageError(row.manifest, `it names ${manifest.pages.length} index pages, and its disk has ${pages}`);
  const key = repository.keys.get(keyId);
  if (key === undefined)
    throw new DamageError(
      row.manifest,
      `its blocks were written with the key ${keyId.slice(0, 8)}…, which is not among those of the password`,
    );
  return { point, manifest, key, pagePlace: (id) => places.object(machineName, diskName, id) };
}

/** For worker threads that only open units and hash. */
export function readingContext({ id, secret }: StoreKey): {
  readonly secret: Uint8Array;
  readonly keyId: string;
  readonly compression: { readonly codec: "none" };
  readonly draftId: string;
  readonly attempt: number;
} {
  return { secret, keyId: id, compression: { codec: "none" }, draftId: PLAIN_KEY_ID, attempt: 0 };
}
