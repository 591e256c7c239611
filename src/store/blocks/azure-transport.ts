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
      const bytes = new Uint8Array(contentLength);
      let filled = 0;
      try {
        for await (const chunk of body as AsyncIterable<Buffer>) {
          bytes.set(chunk, filled);
          filled += chunk.length;
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw brokenOff(blob, error);
      }
      if (filled < contentLength) throw brokenOff(blob);
      return bytes;
    },
  };
}

/** The client calls that an abort. */
function brokenOff(blob: string, cause?: unknown): StoreError {
  return new StoreError("STORE_UNREACHABLE", `The connection broke while ${blob} was read.`, { cause });
}
