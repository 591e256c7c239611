import type { Power } from "../../policy/session/events.ts";

/** What `pmset -g batt` prints: the source in use, then a line per battery with its percent. */
export function parsePmset(text: string): Power | undefined {
  const battery = /-InternalBattery-\d+[^\n]*?\t(\d{1,3})%/.exec(text);
  if (battery === null) return undefined;
  return { onBattery: /Now drawing from 'Battery Power'/.test(text), percent: Number(battery[1]) };
}
