import { comparePaths } from "./path-order.ts";
import type { Connection } from "./reconnecting-source.ts";
import { reasonOf } from "../files/error-codes.ts";
import { FileUnreadError, SourceError } from "./source.ts";
import type { FolderEntry, FolderSource, OpenFile, PathBytes, SkippedEntry } from "./source.ts";

export class ReconnectingFolder implements FolderSource {
  readonly kind = "folder";
  readonly path: string;
  readonly #connection: Connection<FolderSource>;

  constructor(connection: Connection<FolderSource>) {
    this.#connection = connection;
    this.path = connection.first.path;
  }

  /** After a loss the folder is walked anew, and what was given out before is passed over: only so is it known which names share a file. */
  async *entries(onSkip: (skipped: SkippedEntry) => void): AsyncGenerator<FolderEntry> {
    let given: PathBytes | undefined;
    let said: PathBytes | undefined;
    const isAfter = (path: PathBytes, last: PathBytes | undefined): boolean => last === undefined || comparePaths(path, last) > 0;
    const skip = (skipped: SkippedEntry): void => {
      if (!isAfter(skipped.path, said)) return;
      said = skipped.path;
      onSkip(skipped);
    };
    for (;;) {
      const source = this.#connection.current;
      try {
        for await (const entry of source.entries(skip)) {
          if (!isAfter(entry.path, given)) continue;
          given = entry.path;
          yield entry;
        }
        return;
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== "SOURCE_UNREACHABLE") throw error;
        await this.#connection.replace(source, error);
      }
    }
  }

  openFile(entry: FolderEntry): Promise<OpenFile | undefined> {
    return this.#connection.through(async (source) => {
      const file = await source.openFile(entry);
      return file && new ReconnectingFile(this.#connection, entry, { source, file: Promise.resolve(file) });
    }, theFileAlone);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** The share is there each time: only the file is not. */
function theFileAlone(error: SourceError): FileUnreadError {
  return new FileUnreadError(error.message, reasonOf(error.cause), { cause: error });
}

interface Opened {
  readonly source: FolderSource;
  readonly file: Promise<OpenFile>;
}

class ReconnectingFile implements OpenFile {
  readonly #connection: Connection<FolderSource>;
  readonly #entry: FolderEntry;
  /** By the source that was open then; after a loss the one that came instead opens it again. */
  #opened: Opened;

  constructor(connection: Connection<FolderSource>, entry: FolderEntry, opened: Opened) {
    this.#connection = connection;
    this.#entry = entry;
    this.#opened = opened;
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    return this.#connection.through(async (source) => (await this.#fileOf(source)).read(buffer, offset), theFileAlone);
  }

  changed(): Promise<boolean> {
    return this.#connection.through(async (source) => (await this.#fileOf(source)).changed(), theFileAlone);
  }

  async close(): Promise<void> {
    await (await this.#opened.file.catch(() => undefined))?.close();
  }

  #fileOf(source: FolderSource): Promise<OpenFile> {
    if (this.#opened.source !== source) {
      const before = this.#opened.file;
      this.#opened = { source, file: this.#openAgain(source, before) };
    }
    return this.#opened.file;
  }

  async #openAgain(source: FolderSource, before: Promise<OpenFile>): Promise<OpenFile> {
    await (await before.catch(() => undefined))?.close();
    const file = await source.openFile(this.#entry);
    if (file !== undefined) return file;
    const why = "it was removed while its share was away";
    throw new FileUnreadError(`A file in ${source.path} cannot be read on: ${why}.`, why);
  }
}
