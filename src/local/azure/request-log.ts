/** What the simulator was asked, one JSON line per request. Full blocks of lines are kept compressed, so that a long run stays small in memory. */
import { deflateRawSync, inflateRawSync } from "node:zlib";

interface LogEntry {
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  /** 0 when the connection was dropped. */
  readonly status: number;
  /** The friendly name of the item that the call was about. */
  readonly item: string | undefined;
}

const BLOCK_LINES = 2_000;

export interface RequestLog {
  readonly add: (entry: LogEntry) => void;
  /** JSON lines, oldest first: time, method, path, status, item. */
  readonly text: () => string;
}

export function createRequestLog(): RequestLog {
  const blocks: Buffer[] = [];
  let lines: string[] = [];
  return {
    add({ atMs, method, path, status, item }) {
      lines.push(`${JSON.stringify({ time: new Date(atMs).toISOString(), method, path, status, item: item ?? null })}\n`);
      if (lines.length < BLOCK_LINES) return;
      blocks.push(deflateRawSync(lines.join(""), { level: 1 }));
      lines = [];
    },
    text: () => [...blocks.map((block) => inflateRawSync(block).toString("utf8")), ...lines].join(""),
  };
}
