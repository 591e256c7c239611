/**
 * Files that are being written, and the blocks they still want: collected, so that small files which share a unit fetch it once. In: blocks of opened files. Out:
 * each file finished when its last block has arrived. Files open and blocks that wait are bounded.
 */
import type { WorkerPool } from "../pipeline/worker-pool.ts";
import type { TreeBlock } from "../format/tree-page.ts";
import type { Fetcher, WantedBlock } from "./fetch.ts";
import { notThereYet, type RestoreCounts } from "./restore-disk.ts";
import type { TargetFile } from "./target/target.ts";

const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_FILES = 256;
/** Below the number of open files that systems allow a process by default. */
const MOST_OPEN = 512;

interface OpenFile {
  readonly file: TargetFile;
  /** Blocks that were asked for and have not arrived. */
  left: number;
  /** All its blocks were handed in. */
  isWhole: boolean;
  offset: number;
}

export interface FileBatchOptions {
  readonly fetcher: Fetcher;
  readonly workers: WorkerPool;
  readonly counts: RestoreCounts;
  readonly onProgress: (bytes: number) => void;
}

export class FileBatch {
  readonly #options: FileBatchOptions;
  readonly #open = new Map<string, OpenFile>();
  #waiting: WantedBlock[] = [];
  #waitingBytes = 0;
  #waitingFiles = 0;

  constructor(options: FileBatchOptions) {
    this.#options = options;
  }

  /** True while the file of this path is not finished. */
  has(path: Uint8Array): boolean {
    return this.#open.has(nameOf(path));
  }

  /** Takes the file over, and closes it also when something goes wrong. */
  async begin(path: Uint8Array, file: TargetFile): Promise<void> {
    this.#open.set(nameOf(path), { file, left: 0, isWhole: false, offset: 0 });
    if (this.#open.size >= MOST_OPEN) await this.settle();
  }

  /** The next blocks of a file. */
  async add(path: Uint8Array, blocks: readonly TreeBlock[]): Promise<void> {
    const { workers, counts, onProgress } = this.#options;
    const name = nameOf(path);
    const open = this.#open.get(name);
    if (open === undefined) throw new Error("A file gets blocks that was not begun.");
    const wanted: WantedBlock[] = [];
    for (const { hash, lengthBytes, place } of blocks) {
      const { offset } = open;
      open.offset += lengthBytes;
      if (place === undefined) {
        await open.file.zeros(offset, lengthBytes);
        onProgress(lengthBytes);
        continue;
      }
      const arrived = async (bytes: Uint8Array): Promise<void> => {
        await open.file.write(offset, bytes);
        counts.bytesWritten += lengthBytes;
        onProgress(lengthBytes);
        open.left--;
        await this.#finishIfDone(name, open);
      };
      wanted.push({ hash, lengthBytes, place, offset, arrived });
    }
    const missing = open.file.existingBytes > 0 ? await notThereYet(workers, open.file, wanted) : new Set(wanted);
    for (const block of wanted) {
      if (missing.has(block)) {
        open.left++;
        this.#waiting.push(block);
        this.#waitingBytes += block.lengthBytes;
      } else {
        counts.bytesKept += block.lengthBytes;
        onProgress(block.lengthBytes);
      }
    }
  }

  /** The file has no more blocks than were handed in. */
  async end(path: Uint8Array): Promise<void> {
    const name = nameOf(path);
    const open = this.#open.get(name);
    if (open === undefined) return;
    open.isWhole = true;
    this.#waitingFiles++;
    await this.#finishIfDone(name, open);
    await this.flushIfFull();
  }

  async flushIfFull(): Promise<void> {
    if (this.#waitingBytes >= BATCH_BYTES || this.#waitingFiles >= BATCH_FILES) await this.flush();
  }

  /** Asks for all that waits. */
  async flush(): Promise<void> {
    const blocks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#waitingFiles = 0;
    await this.#options.fetcher.want(blocks);
  }

  /** All that was handed in is written; files that have all their blocks are finished. */
  async settle(): Promise<void> {
    await this.flush();
    await this.#options.fetcher.drain();
  }

  /** Gives up what is not finished; it is kept for the next try. */
  async close(): Promise<void> {
    for (const { file } of this.#open.values()) await file.close().catch(() => undefined);
    this.#open.clear();
  }

  async #finishIfDone(name: string, open: OpenFile): Promise<void> {
    if (!open.isWhole || open.left > 0 || this.#open.get(name) !== open) return;
    this.#open.delete(name);
    await open.file.finish();
  }
}

function nameOf(path: Uint8Array): string {
  return Buffer.from(path.buffer, path.byteOffset, path.byteLength).toString("latin1");
}
