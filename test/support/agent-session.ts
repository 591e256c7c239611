/** Sessions on a real directory store, in this process, with real sources in a folder of their own. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readCatalog } from "../../src/agent/repository/catalog.ts";
import { openRepository, type Repository } from "../../src/agent/repository/repository.ts";
import { runSession } from "../../src/agent/session/run-session.ts";
import type { SessionOptions, SessionOutcome, SessionProgress } from "../../src/agent/session/session-options.ts";
import { openSource } from "../../src/agent/source/open-source.ts";
import { steadyClock, systemClock } from "../../src/clock/clock.ts";
import type { AgentJob, MachineScope } from "../../src/policy/job/job.ts";
import { openDirectoryBlockStore } from "../../src/store/blocks/directory.ts";
import { agentJob } from "./agent-jobs.ts";
import { temporaryFolder } from "./command-line.ts";

export interface Workplace {
  readonly folder: string;
  readonly repository: Repository;
  readonly job: (more?: Partial<AgentJob>) => AgentJob;
  /** Writes an image of random blocks; changes it when it is there. */
  readonly image: (name: string, sizeBytes?: number) => string;
  readonly run: (
    job: AgentJob,
    more?: Partial<SessionOptions>,
  ) => Promise<SessionOutcome & { readonly events: readonly SessionProgress[] }>;
  /** `MACHINE KIND`, file by file: what each backup file holds. */
  readonly files: () => Promise<readonly { readonly kind: string; readonly points: readonly string[]; readonly session: string }[]>;
}

/** Machines m1 and m2, each with one disk image `NAME.img`; no wait before a retry. */
export async function workplace(): Promise<Workplace> {
  const folder = temporaryFolder();
  const target = join(folder, "store");
  const repository = await openRepository(openDirectoryBlockStore(target), {
    create: true,
    password: async () => undefined,
    now: () => new Date().toISOString(),
  });
  const machine = (name: string): MachineScope => ({
    name,
    disks: [{ name: "data", path: join(folder, `${name}.img`), medium: "image" }],
    folders: [],
  });
  return {
    folder,
    repository,
    job: (more = {}) => agentJob({ target, machines: [machine("m1"), machine("m2")], retries: { count: 1, waitMs: 1 }, ...more }),
    image: (name, sizeBytes = 2 * 1024 * 1024) => {
      const path = join(folder, `${name}.img`);
      writeFileSync(path, randomBytes(sizeBytes));
      return path;
    },
    run: async (job, more = {}) => {
      const events: SessionProgress[] = [];
      const outcome = await runSession({
        repository,
        job,
        startedBy: "schedule",
        jobNow: async () => ({ valid: true, job }),
        power: async () => undefined,
        retention: async () => {},
        environment: { PATH: process.env["PATH"] },
        readAll: false,
        clock: systemClock,
        steady: steadyClock,
        stop: new AbortController().signal,
        drops: () => 0,
        openSource: (path) => openSource(path),
        onEvent: (event) => void events.push(event),
        ...more,
      });
      return { ...outcome, events };
    },
    files: async () => {
      const { files } = await readCatalog(repository);
      return files.map(({ kind, session, parts }) => ({
        kind,
        session,
        points: parts.flatMap(({ points }) => points.map((point) => `${point.machine} ${point.kind}`)).sort(),
      }));
    },
  };
}
