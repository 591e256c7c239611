/** A worker thread: one job at a time, buffers handed over, not copied. */
import { parentPort, workerData } from "node:worker_threads";
import { UnitWork, type WorkContext } from "./unit-work.ts";
import type { WorkAnswer, WorkRequest } from "./worker-pool.ts";

const work = new UnitWork(workerData as WorkContext);

parentPort?.on("message", ({ id, job }: WorkRequest) => {
  const answer = (result: WorkAnswer["result"], transfer: readonly ArrayBuffer[]): void =>
    parentPort?.postMessage({ id, result } satisfies WorkAnswer, [...new Set(transfer)]);
  try {
    switch (job.kind) {
      case "seal": {
        const result = work.seal(job.job);
        answer({ kind: "seal", result }, [result.plain, result.output]);
        break;
      }
      case "open": {
        const result = work.open(job.job);
        const parts = result.units.flatMap((unit) => (typeof unit === "string" ? [] : unit));
        answer({ kind: "open", result }, wholeBuffers(parts));
        break;
      }
      case "hash":
        answer({ kind: "hash", plain: job.plain, hashes: work.hashes(new Uint8Array(job.plain), job.lengths) }, [job.plain]);
        break;
    }
  } catch (error) {
    answer({ kind: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) }, []);
  }
});

/** Small parts may lie in a pool that Node shares among buffers: those are copied. */
function wholeBuffers(parts: readonly Uint8Array[]): readonly ArrayBuffer[] {
  return parts.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize ? [buffer] : []));
}
