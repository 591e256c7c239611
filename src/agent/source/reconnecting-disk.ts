import type { Connection } from "./reconnecting-source.ts";
import type { DiskSource } from "./source.ts";

export class ReconnectingDisk implements DiskSource {
  readonly kind = "disk";
  readonly medium: DiskSource["medium"];
  readonly path: string;
  readonly sizeBytes: number;
  readonly #connection: Connection<DiskSource>;

  constructor(connection: Connection<DiskSource>) {
    this.#connection = connection;
    this.medium = connection.first.medium;
    this.path = connection.first.path;
    this.sizeBytes = connection.first.sizeBytes;
  }

  read(buffer: Uint8Array, offset: number): Promise<number> {
    return this.#connection.through((disk) => disk.read(buffer, offset));
  }

  fingerprint(): Promise<string | undefined> {
    return this.#connection.through((disk) => disk.fingerprint());
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}
