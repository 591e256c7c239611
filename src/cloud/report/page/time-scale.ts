/**
 * Time to pixels for the picture of attempts. Failures may lie a day before a run that took an hour, so the axis has two panels with a scale each: the
 * window before the run, and the run. In: the three times and the plot's bounds. Out: positions and ticks. Times outside are drawn at the edge.
 */
import type { RunReport } from "../../../policy/report.ts";
import { formatClock, formatDay, timeOf } from "../words.ts";

const BEFORE_SHARE = 0.2;
const BETWEEN_PANELS = 14;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080].map((minutes) => minutes * MINUTE);
/** Room that a tick's label takes. A label stands in the middle over its tick and must not run into what follows. */
const TICK_ROOM = 62;
const HALF_LABEL = 24;

export interface Panel {
  readonly fromMs: number;
  readonly toMs: number;
  readonly left: number;
  readonly right: number;
}

export interface TimeScale {
  readonly before: Panel;
  readonly run: Panel;
  x(iso: string): number | undefined;
}

export interface Tick {
  readonly x: number;
  readonly label: string;
}

export function timeScale(report: RunReport, left: number, right: number): TimeScale {
  const startMs = timeOf(report.startedAt) ?? 0;
  const lastMs = Math.max(startMs + MINUTE, timeOf(report.endedAt) ?? 0);
  const firstMs = Math.min(startMs - HOUR, timeOf(report.window.from) ?? startMs);
  const split = left + (right - left) * BEFORE_SHARE;
  const before = { fromMs: firstMs, toMs: startMs, left, right: split };
  const run = { fromMs: startMs, toMs: lastMs, left: split + BETWEEN_PANELS, right };
  return {
    before,
    run,
    x: (iso) => {
      const ms = timeOf(iso);
      return ms === undefined ? undefined : position(ms < startMs ? before : run, ms);
    },
  };
}

export function ticks(panel: Panel): readonly Tick[] {
  const span = panel.toMs - panel.fromMs;
  const most = Math.max(1, Math.floor((panel.right - panel.left) / TICK_ROOM));
  const stepMs = STEPS.find((step) => span / step <= most) ?? span;
  const found: Tick[] = [];
  for (let ms = Math.ceil(panel.fromMs / stepMs) * stepMs; ms <= panel.toMs; ms += stepMs) {
    const x = position(panel, ms);
    if (x <= panel.right - HALF_LABEL) found.push({ x, label: label(ms, stepMs) });
  }
  return found;
}

function label(ms: number, stepMs: number): string {
  const midnight = ms % (24 * HOUR) === 0;
  if (!midnight && stepMs < 24 * HOUR) return formatClock(ms);
  return formatDay(ms).slice(0, -5);
}

function position({ fromMs, toMs, left, right }: Panel, ms: number): number {
  const share = (ms - fromMs) / (toMs - fromMs);
  return left + (right - left) * Math.min(1, Math.max(0, share));
}
