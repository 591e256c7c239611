/** The floor: what the plain SDK does. `node raw-sdk.ts put CONTAINER PATH` stages blocks of 4 MiB, eight at a time, and commits; `get` reads them back. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { BlobServiceClient } from "@azure/storage-blob";

const BLOCK = 4 * 1024 * 1024;
const AT_ONCE = 8;
const [verb = "", containerName = "", path = ""] = process.argv.slice(2);
const service = BlobServiceClient.fromConnectionString(process.env.AZURE_STORAGE_CONNECTION_STRING ?? "");
const container = service.getContainerClient(containerName);
await container.createIfNotExists();

async function inParallel(count: number, run: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let index = next++; index < count; index = next++) await run(index);
    }),
  );
}

if (verb === "put" && (await stat(path)).isDirectory()) {
  const files = (await readdir(path, { recursive: true, withFileTypes: true })).filter((each) => each.isFile());
  await inParallel(files.length, async (index) => {
    const file = files[index];
    if (file !== undefined) await container.getBlockBlobClient(String(index)).uploadFile(join(file.parentPath, file.name));
  });
} else if (verb === "put") {
  const file = await open(path);
  const { size } = await file.stat();
  const blob = container.getBlockBlobClient("disk");
  const ids = Array.from({ length: Math.ceil(size / BLOCK) }, (_, index) =>
    Buffer.from(String(index).padStart(48, "0")).toString("base64"),
  );
  await inParallel(ids.length, async (index) => {
    const buffer = Buffer.alloc(Math.min(BLOCK, size - index * BLOCK));
    await file.read(buffer, 0, buffer.byteLength, index * BLOCK);
    await blob.stageBlock(ids[index] ?? "", buffer, buffer.byteLength);
  });
  await blob.commitBlockList(ids);
  await file.close();
} else {
  const blob = container.getBlockBlobClient("disk");
  const { contentLength = 0 } = await blob.getProperties();
  const file = await open(path, "w");
  await inParallel(Math.ceil(contentLength / BLOCK), async (index) => {
    const bytes = await blob.downloadToBuffer(index * BLOCK, Math.min(BLOCK, contentLength - index * BLOCK));
    await file.write(bytes, 0, bytes.byteLength, index * BLOCK);
  });
  await file.sync();
  await file.close();
}
