import * as calls from "../../files/calls.ts";
import type { MetadataCalls } from "../../files/metadata-calls.ts";
import type { FolderEntry } from "../../source/source.ts";
import { setAttributes } from "./attributes.ts";
import type { Level } from "./directory-stack.ts";
import { translating } from "./failures.ts";
import { FileRanges } from "./file-ranges.ts";
import { partialName } from "./partial-file.ts";
import type { ExistingFile, Placement, TargetFile } from "./target.ts";

/** What a file of the folder needs to know of where it is. */
export interface FilePlace {
  readonly entry: FolderEntry;
  readonly level: Level;
  readonly name: string;
  readonly shown: string;
  readonly onShare: boolean;
  readonly calls: MetadataCalls;
  readonly remark: (problems: readonly string[]) => void;
  /** The file is there as it was, or was given up; called once. */
  readonly ended: (isRestored: boolean) => Promise<void>;
}

/** A file under its partial name. */
export class WrittenFile extends FileRanges implements TargetFile {
  readonly #fd: number;
  readonly #place: FilePlace;
  #ended = false;

  constructor(opened: { readonly fd: number; readonly existingBytes: number }, place: FilePlace) {
    const { shown, onShare, entry } = place;
    super({ ...opened, shown, onShare, calls: place.calls, sizeBytes: entry.sizeBytes });
    this.#fd = opened.fd;
    this.#place = place;
  }

  async finish(): Promise<void> {
    const { entry, level, name, shown, onShare, calls: quick, remark } = this.#place;
    await translating(`finish ${shown}`, onShare, async () => {
      // Zeros at the end were not written, and an earlier try may have been of a longer file.
      if (this.endBytes !== entry.sizeBytes) await calls.truncate(this.#fd, entry.sizeBytes);
      remark(await setAttributes(this.#fd, entry, { calls: quick, setsMode: true, isOwn: level.givesOwnOwner }));
      await quick.rename(level.directory.at(partialName(name)), level.directory.at(name));
    });
    await this.#end(true);
  }

  close(): Promise<void> {
    return this.#end(false);
  }

  async #end(isRestored: boolean): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#place.calls.close(this.#fd);
    } finally {
      await this.#place.ended(isRestored);
    }
  }
}

/** A file that stands at its place already. */
export class StandingFile implements ExistingFile {
  readonly #fd: number;
  readonly #place: FilePlace;
  readonly #overwrite: boolean;
  readonly #replaced: () => Promise<Placement>;
  #ended = false;

  constructor(fd: number, place: FilePlace, options: { readonly overwrite: boolean; readonly replaced: () => Promise<Placement> }) {
    this.#fd = fd;
    this.#place = place;
    this.#overwrite = options.overwrite;
    this.#replaced = options.replaced;
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    const { shown, onShare } = this.#place;
    return translating(`read ${shown} at byte ${offset}`, onShare, () => calls.readFully(this.#fd, buffer, offset));
  }

  async keep(): Promise<void> {
    const { entry, shown, onShare, calls: quick, remark } = this.#place;
    if (this.#overwrite)
      await translating(`finish ${shown}`, onShare, async () =>
        remark(await setAttributes(this.#fd, entry, { calls: quick, setsMode: true, isOwn: false })),
      );
    await this.#end(true);
  }

  async replace(): Promise<Placement> {
    const placement = await this.#replaced();
    await this.close();
    return placement;
  }

  close(): Promise<void> {
    return this.#end(false);
  }

  async #end(isRestored: boolean): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#place.calls.close(this.#fd);
    } finally {
      await this.#place.ended(isRestored);
    }
  }
}
