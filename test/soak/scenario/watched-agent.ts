/** An agent as a process of its own whose words are read while it runs. In: its job file. Out: what it has said, how much it has sent, how it ended. */
import { startCommand, type Finished, type RunningCommand } from "../../support/command-line.ts";

const SAID_WITHIN_MS = 240_000;
const MIB = 1024 * 1024;

/** A schedule: some seconds from now, and then a day later. A session as the agent begins it, and no second one behind it. */
export function onceSoon(): { readonly cron: string; readonly timeZone: string } {
  const due = new Date(Date.now() + 6_000);
  return { cron: `${due.getUTCSeconds()} ${due.getUTCMinutes()} ${due.getUTCHours()} * * *`, timeZone: "UTC" };
}

export class WatchedAgent {
  readonly lines: string[] = [];
  readonly #running: RunningCommand;
  #stderr = "";
  #wake: () => void = () => {};

  constructor(job: string, settings: Readonly<Record<string, string>>, wrapper: readonly string[] = []) {
    this.#running = startCommand(["agent", "--config", job, "--json"], { settings, wrapper });
    const { stdout, stderr } = this.#running.child;
    let rest = "";
    stdout?.on("data", (text: string) => {
      const whole = (rest + text).split("\n");
      rest = whole.pop() ?? "";
      for (const line of whole) this.lines.push(String((JSON.parse(line) as { text?: unknown }).text));
      this.#wake();
    });
    stderr?.on("data", (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
  }

  get pid(): number | undefined {
    return this.#running.child.pid;
  }

  signal(name: NodeJS.Signals): void {
    this.#running.child.kill(name);
  }

  /** The first line that is so, once it has been said. */
  async said(what: RegExp): Promise<string> {
    return this.#until(() => this.lines.find((line) => what.test(line)), String(what));
  }

  /** Of the task under way, by its own count; to a tenth of a MiB. */
  async sentBytes(): Promise<number> {
    const before = this.#stderr.length;
    this.signal("SIGUSR1");
    const [, count, unit] = await this.#until(
      () => /read, ([\d.]+) (B|KiB|MiB) sent\.\n/.exec(this.#stderr.slice(before)) ?? undefined,
      "its progress",
    );
    return Number(count) * (unit === "MiB" ? MIB : unit === "KiB" ? 1024 : 1);
  }

  async end(signal: NodeJS.Signals): Promise<Finished> {
    this.signal(signal);
    return this.ended;
  }

  get ended(): Promise<Finished> {
    return this.#running.ended;
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    const deadline = performance.now() + SAID_WITHIN_MS;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const { exitCode, signalCode } = this.#running.child;
      if (exitCode !== null || signalCode !== null || performance.now() > deadline)
        throw new Error(`it did not say ${what}, but: ${this.lines.join(" | ")} ${this.#stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 500);
      });
    }
  }
}
