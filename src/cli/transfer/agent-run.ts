/** `reprise agent`: opens what the jobs need, runs them until a signal comes. Says on stdout what happens, one line each. */
import { runAgent } from "../../agent/daemon/agent.ts";
import { jobFileNow, readJobFile } from "../../agent/job-file/read-job-file.ts";
import { readPower } from "../../agent/power/power.ts";
import { SessionSuspended } from "../../agent/session/session-options.ts";
import { openReconnecting } from "../../agent/source/reconnecting-source.ts";
import { steadyClock, systemClock } from "../../clock/clock.ts";
import { visibleProse } from "../../cloud/report/visible.ts";
import type { AgentFlags } from "../commands/agent.ts";
import { watchInterruption } from "../interruption.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { applyRetentionRules } from "./apply-retention.ts";
import { withStateStore } from "./job-source.ts";
import { ProgressBoard, onProgressSignal } from "./progress-board.ts";
import { openStore } from "./store-flags.ts";

export async function runAgentCommand(flags: AgentFlags, terminal: Terminal): Promise<number> {
  const { config: paths = [] } = flags;
  if (paths.length === 0) throw new UsageError("agent: found no --config; allowed: one or more job files (see reprise job check).");
  const say = (job: string, text: string): void => {
    const at = new Date().toISOString();
    if (flags.json) terminal.out(jsonLine({ message_type: "note", at, job, text }));
    else if (!flags.quiet) terminal.out(`${at} ${visibleProse(`${job}: ${text}`)}\n`);
  };
  const board = new ProgressBoard();
  const stopSignal = onProgressSignal(() => terminal.err(board.text()));
  const watch = watchInterruption();
  const stop = new AbortController();
  void watch.interrupted.then(() => stop.abort(new SessionSuspended()));
  try {
    await runAgent(paths, {
      clock: systemClock,
      steady: steadyClock,
      stop: stop.signal,
      readJob: readJobFile,
      jobNow: jobFileNow,
      open: ({ job, encrypt, stateStore }) =>
        openStore(job.target, withStateStore(flags, stateStore), terminal, {
          flag: "--to",
          create: true,
          encrypt,
          encryption: job.encryption,
          reconnect: job.reconnect,
          bytesPerSecond: job.bandwidthBytesPerSecond,
          events: {
            onDrop: ({ reason }) => say(job.name, `the connection was lost (${reason}); trying to reconnect`),
            onBack: ({ seconds }) => say(job.name, `the connection is back after ${Math.round(seconds)} s; going on where it was lost`),
          },
        }),
      sessionPorts: ({ job }, signal) => ({
        power: readPower,
        retention: applyRetentionRules,
        environment: terminal.environment,
        readAll: false,
        openSource: (path) =>
          openReconnecting(path, {
            clock: steadyClock,
            signal,
            patience: { attemptEveryMs: job.reconnect.everyMs, patienceMs: job.reconnect.forMs },
          }),
      }),
      say,
      onEvent: (job, event) => {
        board.take(job, event);
        if (event.kind === "cut-off") say(job, `session ${event.session} was cut off`);
        if (event.kind === "unrecorded") say(job, `the session's record could not be written: ${event.error.message}`);
        if (event.kind !== "decision") return;
        const { kind, reason } = event.decision;
        if (["wait", "drop-retry", "advise", "remark", "task-ended"].includes(kind) || flags.verbose || flags.debug) say(job, reason);
      },
    });
  } finally {
    stopSignal();
    watch.stop();
  }
  return EXIT.ok;
}
