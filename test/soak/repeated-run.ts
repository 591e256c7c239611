/** One run on a task hub that repeats itself. In: an estate, a seed, the share of what is repeated. Out: its end, at once and a day later. */
import type { Clock } from "../../src/clock/clock.ts";
import { repeatingHub, type Repeats } from "../exactly-once/hub-faults.ts";
import { stage } from "../exactly-once/staged-app.ts";
import type { Finished } from "./crash-run.ts";

export interface RepeatedRun extends Finished {
  readonly repeats: Repeats;
  /** Again, when everything that was executed late has been. */
  readonly later: Finished;
}

export async function repeatedRun(estate: unknown, seed: number, share: number): Promise<RepeatedRun> {
  let clock: Clock | undefined;
  const { faults, repeats } = repeatingHub(seed, share, () => {
    if (clock === undefined) throw new Error("the app is not open yet");
    return clock;
  });
  return stage(
    estate,
    async (app) => {
      ({ clock } = app);
      await app.start();
      const finish = async (): Promise<Finished> => ({
        report: await app.report(),
        items: [...(await app.items()).values()],
        moments: {},
      });
      const ended = await finish();
      return { ...ended, repeats, later: await app.atMinute(24 * 60, finish) };
    },
    { faults: { hub: faults } },
  );
}
