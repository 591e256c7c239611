/** The progress line of a transfer: percent, bytes, rate, what was not sent again, time left. Only on a terminal. */
import { clipToWidth } from "../../cloud/report/text-width.ts";
import { formatDuration } from "../../cloud/report/words.ts";
import type { Terminal } from "../terminal.ts";
import { sizeText } from "./sizes.ts";

const ERASE = "\r\u001b[2K";
const EVERY_MS = 200;
/** The rate is that of the last seconds. */
const WINDOW_MS = 10_000;

export interface TransferState {
  readonly what: string;
  readonly doneBytes: number;
  readonly totalBytes?: number | undefined;
  readonly details: readonly string[];
}

export class TransferLine {
  readonly #terminal: Terminal;
  readonly #isShown: boolean;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];
  #shownMs = 0;
  #drawn = false;

  constructor(terminal: Terminal, isShown: boolean) {
    this.#terminal = terminal;
    this.#isShown = isShown && terminal.stderr.isTTY === true;
  }

  update(state: TransferState): void {
    if (!this.#isShown) return;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < EVERY_MS) return;
    this.#shownMs = nowMs;
    this.#samples.push({ atMs: nowMs, bytes: state.doneBytes });
    while (this.#samples.length > 2 && nowMs - (this.#samples[0]?.atMs ?? nowMs) > WINDOW_MS) this.#samples.shift();
    this.#terminal.stderr.write(ERASE + clipToWidth(this.line(state), (this.#terminal.stderr.columns || 80) - 1));
    this.#drawn = true;
  }

  clear(): void {
    if (this.#drawn) this.#terminal.stderr.write(ERASE);
    this.#drawn = false;
  }

  /** Says something above the line. */
  say(text: string): void {
    this.clear();
    this.#terminal.err(`${text}\n`);
  }

  line({ what, doneBytes, totalBytes, details }: TransferState): string {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1000;
    const rate = seconds > 0.5 && first !== undefined ? (doneBytes - first.bytes) / seconds : 0;
    const parts = [what];
    if (totalBytes !== undefined && totalBytes > 0) parts.push(`${Math.floor((100 * doneBytes) / totalBytes)} %`);
    parts.push(totalBytes === undefined ? sizeText(doneBytes) : `${sizeText(doneBytes)} of ${sizeText(totalBytes)}`);
    if (rate > 0) parts.push(`${sizeText(rate)}/s`);
    parts.push(...details);
    if (rate > 0 && totalBytes !== undefined) parts.push(`${formatDuration(((totalBytes - doneBytes) / rate) * 1000)} left`);
    return parts.join("  ");
  }
}
