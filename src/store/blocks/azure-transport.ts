import { hash } from "node:crypto";
import type { Readable } from "node:stream";
import type { ContainerClient } from "@azure/storage-blob";
import { StoreError } from "../store.ts";

/** The two calls that carry the bytes. Everything else goes through the SDK. Errors are the SDK's. */
export interface BlobTransport {
  /** `blockId` is base64. Node's buffers are not copied: the bytes must not change until it ends. */
  stageBlock(blob: string, blockId: string, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void>;
  /** As many of these bytes as the blob has; at least one. */
  getRange(blob: string, offset: number, lengthBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array>;
}

export interface SdkTransportOptions {
  /** The service compares the MD5 of what arrived. For a line without TLS; costs half as much client CPU again. Default false. */
  readonly transactionalMd5?: boolean;
}

export function sdkTransport(container: ContainerClient, options: SdkTransportOptions = {}): BlobTransport {
  return {
    async stageBlock(blob, blockId, bytes, signal) {
      await container.getBlockBlobClient(blob).stageBlock(blockId, bytes, bytes.byteLength, {
        ...(signal === undefined ? {} : { abortSignal: signal }),
        ...(options.transactionalMd5 === true ? { transactionalContentMD5: hash("md5", bytes, "buffer") } : {}),
      });
    },
    async getRange(blob, offset, lengthBytes, signal) {
      const { readableStreamBody, contentLength } = await container.getBlockBlobClient(blob).download(offset, lengthBytes, {
        ...(signal === undefined ? {} : { abortSignal: signal }),
        maxRetryRequests: 0,
      });
      const body = readableStreamBody as Readable | undefined;
      if (body === undefined || contentLength === undefined || contentLength > lengthBytes) {
        body?.destroy();
        throw new StoreError("STORE_FAILED", `The answer for ${blob} is not the range that was asked for.`);
      }
      return collected(blob, body, contentLength, signal);
    },
  };
}

/** By events: an iterator makes the SDK's stream pause the socket at every 64 KiB. */
function collected(blob: string, body: Readable, lengthBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(lengthBytes);
  let filled = 0;
  return new Promise((resolve, reject) => {
    const broken = (cause?: unknown): void => reject(signal?.aborted === true ? (signal.reason as Error) : brokenOff(blob, cause));
    body.on("data", (chunk: Buffer) => {
      if (filled + chunk.length > lengthBytes) return void body.destroy();
      bytes.set(chunk, filled);
      filled += chunk.length;
    });
    body.once("end", () => (filled === lengthBytes ? resolve(bytes) : broken()));
    body.once("error", broken);
    body.once("close", () => broken());
  });
}

/** The client calls that an abort. */
function brokenOff(blob: string, cause?: unknown): StoreError {
  return new StoreError("STORE_UNREACHABLE", `The connection broke while ${blob} was read.`, { cause });
}
