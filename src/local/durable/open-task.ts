/** One thing that the host's side of a turn waits for. It settles once; who listens is called at once and in order. */
export class OpenTask {
  #state: "open" | "done" | "failed" = "open";
  readonly #listeners: (() => void)[] = [];

  get isSettled(): boolean {
    return this.#state !== "open";
  }

  get hasFailed(): boolean {
    return this.#state === "failed";
  }

  settle(outcome: "done" | "failed"): void {
    if (this.#state !== "open") return;
    this.#state = outcome;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  whenSettled(listener: () => void): void {
    if (this.#state === "open") this.#listeners.push(listener);
    else listener();
  }

  /** Settles when all parts have settled, like .NET's `Task.WhenAll`: a failed part does not end the wait. */
  static all(parts: readonly OpenTask[]): OpenTask {
    const whole = new OpenTask();
    let left = parts.length;
    let failed = false;
    if (left === 0) whole.settle("done");
    for (const part of parts) {
      part.whenSettled(() => {
        failed ||= part.hasFailed;
        if (--left === 0) whole.settle(failed ? "failed" : "done");
      });
    }
    return whole;
  }

  static any(parts: readonly OpenTask[]): OpenTask {
    const whole = new OpenTask();
    for (const part of parts) part.whenSettled(() => whole.settle("done"));
    return whole;
  }
}
