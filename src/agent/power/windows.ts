import { z } from "zod";
import type { Power } from "../../policy/session/events.ts";

const battery = z.object({ BatteryStatus: z.int().nullish(), EstimatedChargeRemaining: z.number().nullish() });

/** https://learn.microsoft.com/windows/win32/cimwin32prov/win32-battery: 1 discharging, 4 low, 5 critical; the others are on mains or charging. */
const DISCHARGING = new Set([1, 4, 5]);

/** `Win32_Battery` as JSON: nothing, one object, or a list of them. */
export function parseWin32Battery(text: string): Power | undefined {
  if (text.trim() === "") return undefined;
  const parsed = z.union([z.array(battery), battery.transform((one) => [one])]).safeParse(JSON.parse(text));
  if (!parsed.success || parsed.data.length === 0) return undefined;
  const levels = parsed.data.flatMap(({ EstimatedChargeRemaining }) => EstimatedChargeRemaining ?? []);
  return {
    onBattery: parsed.data.every(({ BatteryStatus }) => DISCHARGING.has(BatteryStatus ?? 2)),
    ...(levels.length > 0 && { percent: Math.max(...levels) }),
  };
}
