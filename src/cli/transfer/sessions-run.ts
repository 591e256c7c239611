/** Sessions as they recorded themselves: the list, and one with the reasons of all its decisions. */
import { readSession, readSessions, type ReadSession } from "../../agent/session/read-sessions.ts";
import { visibleName, visibleProse } from "../../cloud/report/visible.ts";
import { plural } from "../../cloud/report/words.ts";
import type { SessionsFlags } from "../commands/sessions.ts";
import { columnLines } from "../output/columns.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { fromFlag, openStore } from "./store-flags.ts";

export async function listSessions(flags: SessionsFlags, terminal: Terminal): Promise<void> {
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false });
  const sessions = await readSessions(repository);
  if (flags.json) {
    terminal.out(jsonLine({ message_type: "summary", sessions: sessions.map(rowOf) }));
    return;
  }
  const rows = sessions.map((session) => {
    const { id, startedAt, job, standing, tasks, retries } = rowOf(session);
    return [
      id,
      standing,
      startedAt?.slice(0, 16).replace("T", " ") ?? "?",
      job ?? "?",
      tasks,
      retries === undefined ? "?" : String(retries),
    ];
  });
  for (const line of columnLines(["session", "result", "started (UTC)", "job", "tasks", "retries"], rows)) terminal.out(`${line}\n`);
  if (sessions.length === 0 && !flags.quiet) terminal.err("No sessions yet.\n");
}

function rowOf({ id, state, standing, problem }: ReadSession) {
  const ended = state?.phase.kind === "ended" ? new Date(state.phase.atMs).toISOString() : undefined;
  return {
    id,
    job: state?.job.name,
    standing,
    startedBy: state?.startedBy,
    startedAt: state === undefined ? undefined : new Date(state.startedMs).toISOString(),
    endedAt: ended,
    retries: state?.retriesUsed,
    tasks: tasksWords(state),
    problem,
  };
}

function tasksWords(state: ReadSession["state"]): string {
  if (state === undefined) return "?";
  const done = state.tasks.filter(({ status }) => status === "success" || status === "warning").length;
  return `${done} of ${state.tasks.length}`;
}

export async function showSession(id: string, flags: SessionsFlags, terminal: Terminal): Promise<void> {
  const allowed = "an id that reprise sessions list shows";
  if (!/^[A-Za-z0-9~=_-]{1,100}$/.test(id)) throw new UsageError(`session id: found ${JSON.stringify(id)}; allowed: ${allowed}.`);
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false });
  const session = await readSession(repository, id);
  if (session === undefined)
    throw new UsageError(`session id: found ${JSON.stringify(id)}, which is not in this store; allowed: ${allowed}.`, EXIT.notFound);
  const { state, standing, problem } = session;
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", ...state, session: id, standing, problem }));
  else print(session, flags.quiet === true, terminal);
}

const STANDINGS: Readonly<Record<ReadSession["standing"], string>> = {
  success: "Success",
  warning: "Warning",
  failed: "Failed",
  running: "Running",
  waiting: "Waiting for its next retry",
  "cut off": "Cut off: its process died. The next session goes on with what it sent",
  "not ended": "Not ended: under way on another machine, or cut off there",
};

function print({ id, state, standing, problem }: ReadSession, quiet: boolean, terminal: Terminal): void {
  const out = (text: string): void => terminal.out(`${text}\n`);
  if (problem !== undefined) out(`! ${visibleProse(problem)}`);
  if (state === undefined) return out(`Session ${id}: no step of it can be read.`);
  out(`Session ${id} of job ${visibleName(state.job.name)}, started ${timeText(state.startedMs)} (${visibleName(state.startedBy)})`);
  out(`${STANDINGS[standing]}; ${plural(state.retriesUsed, "retry", "retries")}.`);
  if (quiet) return;
  const rows = state.tasks.map(({ machine, disk, status, runs, fault, remarks }) => [
    disk,
    machine,
    status,
    plural(runs, "run"),
    fault === undefined || status === "success" ? remarks.join(" ") : `${fault.code}: ${fault.message}`,
  ]);
  for (const line of columnLines(["task", "machine", "result", "runs", "why"], rows)) out(line);
  for (const remark of state.remarks) out(`! ${visibleProse(remark)}`);
  out("");
  for (const { atMs, lastMs, times, reason } of state.log)
    out(`${timeText(atMs)}  ${visibleProse(reason)}${times > 1 ? ` (${times} times, last ${timeText(lastMs)})` : ""}`);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}
