/** `/sys/class/power_supply`: one folder per supply (https://www.kernel.org/doc/Documentation/ABI/testing/sysfs-class-power). In: that folder. Out: the power of the machine. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Power } from "../../policy/session/events.ts";

interface Battery {
  readonly status: string;
  readonly percent: number | undefined;
  readonly now: number | undefined;
  readonly full: number | undefined;
}

/** Undefined without a battery of the machine's own. */
export async function readLinuxPower(folder: string): Promise<Power | undefined> {
  const names = await readdir(folder).catch(() => []);
  const batteries: Battery[] = [];
  let isPlugged = false;
  for (const name of names) {
    const read = async (field: string): Promise<string> => (await readFile(join(folder, name, field), "utf8").catch(() => "")).trim();
    const type = await read("type");
    if (type === "Battery") {
      // A mouse has one too.
      if ((await read("scope")) === "Device" || (await read("present")) === "0") continue;
      const [now, full] = [
        numberOf((await read("energy_now")) || (await read("charge_now"))),
        numberOf((await read("energy_full")) || (await read("charge_full"))),
      ];
      batteries.push({ status: await read("status"), percent: numberOf(await read("capacity")), now, full });
    } else if ((type === "Mains" || type.startsWith("USB")) && (await read("online")) === "1") isPlugged = true;
  }
  if (batteries.length === 0) return undefined;
  const onBattery = !isPlugged && batteries.some(({ status }) => status === "Discharging");
  const percent = percentOf(batteries);
  return { onBattery, ...(percent !== undefined && { percent }) };
}

/** Of all batteries together by what they hold, where they say so; else of the fullest. */
function percentOf(batteries: readonly Battery[]): number | undefined {
  const measured = batteries.flatMap(({ now, full }) => (now === undefined || full === undefined || full <= 0 ? [] : [{ now, full }]));
  if (batteries.length > 1 && measured.length === batteries.length) {
    const sum = (pick: (battery: { now: number; full: number }) => number): number =>
      measured.reduce((total, each) => total + pick(each), 0);
    return Math.min(100, (100 * sum(({ now }) => now)) / sum(({ full }) => full));
  }
  const levels = batteries.flatMap(({ percent }) => percent ?? []);
  return levels.length === 0 ? undefined : Math.max(...levels);
}

function numberOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
