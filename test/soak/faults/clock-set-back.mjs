// Loaded before the program, as if somebody set the clock of the machine: after CLOCK_AFTER_MS `Date` says CLOCK_BACK_MS less. Steady clocks go on.
import { isMainThread } from "node:worker_threads";

const SystemDate = Date;
const startedMs = performance.now();
const afterMs = Number(process.env.CLOCK_AFTER_MS);
const backMs = Number(process.env.CLOCK_BACK_MS);
const nowMs = () => SystemDate.now() - (performance.now() - startedMs >= afterMs ? backMs : 0);

if (isMainThread)
  globalThis.Date = class extends SystemDate {
    constructor(...args) {
      if (args.length === 0) super(nowMs());
      else super(...args);
    }
    static now() {
      return nowMs();
    }
  };
