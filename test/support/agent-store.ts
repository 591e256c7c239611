/** A store of the agent part in a test: sessions of a job run on it, points restored from it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { readCatalog, type CatalogPoint } from "../../src/agent/repository/catalog.ts";
import { openRepository, type Repository } from "../../src/agent/repository/repository.ts";
import { restorePoints } from "../../src/agent/restore/restore.ts";
import { runSession } from "../../src/agent/session/run-session.ts";
import type { SessionOptions, SessionOutcome } from "../../src/agent/session/session-options.ts";
import { openSource } from "../../src/agent/source/open-source.ts";
import { steadyClock, systemClock } from "../../src/clock/clock.ts";
import { JOB_DEFAULTS, type AgentJob } from "../../src/policy/job/job.ts";
import type { BlockStore } from "../../src/store/blocks/block-store.ts";

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "reprise-agent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

export async function openTestRepository(
  store: BlockStore,
  options: { readonly password?: string; readonly encrypt?: boolean } = {},
): Promise<Repository> {
  return openRepository(store, {
    create: true,
    password: async () => options.password,
    ...(options.encrypt !== undefined && { encrypt: options.encrypt }),
    now: () => new Date().toISOString(),
  });
}

/** One machine `m` with these disks; a path that ends in `/` is a folder. */
export function jobOf(disks: Readonly<Record<string, string>>, settings: Partial<AgentJob> = {}): AgentJob {
  const parts = Object.entries(disks).map(([name, path]) => ({ name, path }));
  return {
    ...JOB_DEFAULTS,
    name: "test",
    target: "elsewhere",
    machines: [
      {
        name: "m",
        disks: parts.filter(({ path }) => !path.endsWith("/")).map((part) => ({ ...part, medium: "image" as const })),
        folders: parts.filter(({ path }) => path.endsWith("/")).map(({ name, path }) => ({ name, path: path.slice(0, -1) })),
      },
    ],
    ...settings,
  };
}

export async function backUp(repository: Repository, job: AgentJob, options: Partial<SessionOptions> = {}): Promise<SessionOutcome> {
  return runSession({
    repository,
    job,
    startedBy: "manual",
    jobNow: async () => ({ valid: true, job }),
    power: async () => undefined,
    retention: async () => {},
    environment: {},
    readAll: false,
    clock: systemClock,
    steady: steadyClock,
    stop: new AbortController().signal,
    drops: () => 0,
    openSource,
    onEvent: () => {},
    ...options,
  });
}

/** What a point of a disk holds. */
export async function restored(repository: Repository, point: CatalogPoint): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-restored-"));
  try {
    const to = join(folder, "disk");
    await restorePoints({
      repository,
      points: [point],
      to,
      paths: [],
      overwrite: false,
      clock: systemClock,
      signal: new AbortController().signal,
      counts: { bytesWritten: 0, blocksVerified: 0, bytesKept: 0 },
      onPart: () => {},
      onProgress: () => {},
      onProblem: (_, { why }) => {
        throw new Error(why);
      },
      onLost: () => {},
    });
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function pointsOf(repository: Repository): Promise<readonly CatalogPoint[]> {
  return (await readCatalog(repository)).points;
}
