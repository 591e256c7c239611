/** A process of its own for `tidy.test.ts`: node tidy-child.ts ROOT. Tidies the directory store until nothing is left to do; it may be killed anywhere. */
import { systemClock } from "../../../src/clock/clock.ts";
import { tidy } from "../../../src/cloud/housekeeping/tidy.ts";
import { createLedger } from "../../../src/cloud/ledger/ledger.ts";
import { openDirectoryStore } from "../../../src/store/directory.ts";
import { NOW_MS } from "./old-store.ts";

const ledger = createLedger(openDirectoryStore(process.argv[2] ?? "", { durable: false }));
const client = {
  startNew: () => Promise.reject(new Error("nothing is started here")),
  raiseEvent: () => Promise.resolve(),
  terminate: () => Promise.resolve(),
  getStatus: () => Promise.resolve(undefined),
  purgeEnded: () => Promise.resolve(0),
};
process.stdout.write("begun\n");
for (;;) {
  const { more } = await tidy({ clock: { ...systemClock, now: () => NOW_MS }, ledger }, { keepDays: 90 }, client, {
    deletions: 7,
    claimReads: 3,
    historySlices: 4,
  });
  if (!more) break;
}
process.stdout.write("done\n");
