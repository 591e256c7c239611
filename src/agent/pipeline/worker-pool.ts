/**
 * Worker threads for hashing, compressing and encrypting. In: jobs whose buffers are handed over. Out: their results, in whatever order they are done. Each
 * worker has at most two jobs, so that it never waits for the main thread and nothing piles up behind it.
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { OpenJob, OpenResult, SealJob, SealResult, WorkContext } from "./unit-work.ts";

export type WorkRequest = {
  readonly id: number;
  readonly job:
    | { readonly kind: "seal"; readonly job: SealJob }
    | { readonly kind: "open"; readonly job: OpenJob }
    | { readonly kind: "hash"; readonly plain: ArrayBuffer; readonly lengths: readonly number[] };
};

export type WorkAnswer = {
  readonly id: number;
  readonly result:
    | { readonly kind: "seal"; readonly result: SealResult }
    | { readonly kind: "open"; readonly result: OpenResult }
    | { readonly kind: "hash"; readonly plain: ArrayBuffer; readonly hashes: Uint8Array }
    | { readonly kind: "failed"; readonly why: string };
};

type Answered = WorkAnswer["result"];

/** One core is left to sending and receiving. */
export const WORKERS = Math.max(1, Math.min(8, availableParallelism() - 1));
const JOBS_PER_WORKER = 2;

export class WorkerPool {
  readonly #workers: { readonly thread: Worker; jobs: number }[];
  readonly #open = new Map<
    number,
    { readonly resolve: (result: Answered) => void; readonly reject: (error: Error) => void; readonly worker: number }
  >();
  readonly #queue: { readonly request: WorkRequest; readonly transfer: readonly ArrayBuffer[] }[] = [];
  #nextId = 0;
  #broken: Error | undefined;

  constructor(context: WorkContext, workers: number = WORKERS) {
    const file = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    this.#workers = Array.from({ length: workers }, (_, index) => {
      const thread = new Worker(file, { workerData: context, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
      thread.on("message", ({ id, result }: WorkAnswer) => this.#answered(index, id, result));
      thread.on("error", (error) => this.#fail(error));
      thread.on("exit", (code) => {
        if (code !== 0) this.#fail(new Error(`A worker thread ended with code ${code}.`));
      });
      return { thread, jobs: 0 };
    });
  }

  async seal(job: SealJob): Promise<SealResult> {
    const answer = await this.#run({ kind: "seal", job }, [job.plain, job.output]);
    if (answer.kind !== "seal") throw unexpected(answer);
    return answer.result;
  }

  async open(job: OpenJob): Promise<OpenResult> {
    const answer = await this.#run({ kind: "open", job }, [job.bytes]);
    if (answer.kind !== "open") throw unexpected(answer);
    return answer.result;
  }

  async hash(plain: ArrayBuffer, lengths: readonly number[]): Promise<{ readonly plain: ArrayBuffer; readonly hashes: Uint8Array }> {
    const answer = await this.#run({ kind: "hash", plain, lengths }, [plain]);
    if (answer.kind !== "hash") throw unexpected(answer);
    return answer;
  }

  /** Jobs under way are dropped. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ thread }) => thread.terminate()));
  }

  #run(job: WorkRequest["job"], transfer: readonly ArrayBuffer[]): Promise<Answered> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) return reject(this.#broken);
      const id = this.#nextId++;
      this.#open.set(id, { resolve, reject, worker: -1 });
      this.#queue.push({ request: { id, job }, transfer });
      this.#hand();
    });
  }

  #hand(): void {
    while (this.#queue.length > 0) {
      const free = this.#workers.reduce((least, each) => (each.jobs < least.jobs ? each : least));
      if (free.jobs >= JOBS_PER_WORKER) return;
      const next = this.#queue.shift();
      if (next === undefined) return;
      free.jobs++;
      free.thread.postMessage(next.request, [...new Set(next.transfer)]);
    }
  }

  #answered(worker: number, id: number, result: Answered): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    const from = this.#workers[worker];
    if (from !== undefined) from.jobs--;
    this.#hand();
    if (result.kind === "failed") open?.reject(new Error(`A block could not be worked on: ${result.why}`));
    else open?.resolve(result);
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#open.values()) reject(error);
    this.#open.clear();
  }
}

function unexpected(answer: Answered): Error {
  return new Error(`A worker thread answered ${answer.kind}.`);
}
