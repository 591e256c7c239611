/** `reprise agent status`: what agents wrote into the store of their jobs, and whether the process that wrote it lives. */
import { agentLockName, readAgentRecords, type AgentRecord } from "../../agent/daemon/agent-record.ts";
import { readJobFile } from "../../agent/job-file/read-job-file.ts";
import { lockHolder, type LockHolder } from "../../agent/repository/machine-lock.ts";
import type { JobEncryption } from "../../policy/job/job.ts";
import type { AgentFlags } from "../commands/agent.ts";
import { jsonLine } from "../output/json.ts";
import { safe } from "../failure.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { withStateStore } from "./job-source.ts";
import { openStore, type StoreFlags } from "./store-flags.ts";

interface Place {
  readonly store: string;
  readonly flags: StoreFlags;
  readonly encryption?: JobEncryption;
}

type Holder = "alive" | "dead" | "on another machine" | "none";

export async function showAgentStatus(flags: AgentFlags, terminal: Terminal): Promise<number> {
  const agents: (Omit<AgentRecord, "format"> & { readonly store: string; readonly holder: Holder })[] = [];
  for (const { store, flags: storeFlags, encryption } of await placesOf(flags)) {
    const { repository } = await openStore(store, storeFlags, terminal, { flag: "--from", create: false, usesState: true, encryption });
    for (const { format: _format, ...record } of await readAgentRecords(repository)) {
      const holder = holderOf(await lockHolder(repository, agentLockName(repository, record.job)));
      agents.push({ ...record, store: store.replace(/\?.*$/s, ""), holder });
    }
  }
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", agents }));
  else {
    for (const agent of agents) for (const line of linesOf(agent)) terminal.out(`${safe(line)}\n`);
    if (agents.length === 0 && !flags.quiet) terminal.err("No agent has run a job of this store yet.\n");
  }
  return EXIT.ok;
}

async function placesOf(flags: AgentFlags): Promise<readonly Place[]> {
  const { from, config = [] } = flags;
  if ((from === undefined) === (config.length === 0))
    throw new UsageError(`agent status: found ${from === undefined ? "neither --config nor --from" : "both"}; allowed: one of them.`);
  if (from !== undefined) return [{ store: from, flags }];
  const stores = new Map<string, Place>();
  for (const path of config) {
    const { job, stateStore } = await readJobFile(path);
    stores.set(job.target, { store: job.target, flags: withStateStore(flags, stateStore), encryption: job.encryption });
  }
  return [...stores.values()];
}

function holderOf(holder: LockHolder | undefined): Holder {
  if (holder === undefined) return "none";
  return holder.alive === undefined ? "on another machine" : holder.alive ? "alive" : "dead";
}

const HOLDERS: Readonly<Record<Holder, string>> = {
  alive: "running",
  dead: "not running: its process is gone, what it was doing goes on at the next start",
  "on another machine": "held on another machine",
  none: "stopped",
};

function linesOf(agent: Omit<AgentRecord, "format"> & { readonly holder: Holder }): readonly string[] {
  const { job, host, pid, holder, running, last, nextAt, problem } = agent;
  const row = (label: string, text: string): string => `  ${label.padEnd(8)} ${text}`;
  return [
    job,
    row("agent", `process ${pid} on ${host}, ${HOLDERS[holder]}`),
    ...(running === undefined ? [] : [row("session", `${running.session} since ${running.since} (${running.startedBy})`)]),
    row("last", last === undefined ? "none yet" : `${last.result}, session ${last.session}, ended ${last.endedAt}. ${last.reason}`),
    row("next", nextAt ?? "none: the job has no schedule"),
    ...(problem === undefined ? [] : [row("problem", problem)]),
  ];
}
