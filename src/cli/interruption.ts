/** Ctrl-C, `kill`, and the end of the terminal. A second Ctrl-C ends the process at once. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves at the first signal; the process lives until then. */
export async function interruption(): Promise<void> {
  const keepAlive = setInterval(() => {}, 60_000);
  const watch = watchInterruption();
  await watch.interrupted;
  clearInterval(keepAlive);
  watch.stop();
}

export function watchInterruption(): { readonly interrupted: Promise<"interrupted">; stop(): void } {
  let resolve: (value: "interrupted") => void = () => {};
  const interrupted = new Promise<"interrupted">((done) => {
    resolve = done;
  });
  const onSignal = (): void => {
    stop();
    resolve("interrupted");
  };
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { interrupted, stop };
}
