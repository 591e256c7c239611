/**
 * When to try again (R1, J9): numbers only, the waiting is done by whoever calls. In: the rules of a job and what has happened. Out: waits and deadlines
 * in milliseconds.
 */

export interface ReconnectRules {
  /** How long a dropped connection may stay away. */
  readonly patienceMs: number;
  /** Attempts are at most this far apart. */
  readonly longestGapMs: number;
  /** A request may be this slow before it counts as unanswered. */
  readonly floorBytesPerSecond: number;
}

export const RECONNECT_RULES: ReconnectRules = { patienceMs: 30 * 60_000, longestGapMs: 15_000, floorBytesPerSecond: 64 * 1024 };

/** Every second at first: most drops are short, and a second is what waiting for the next look costs at most. */
const EAGER_FOR_MS = 120_000;
const EAGER_GAP_MS = 1_000;
/** A quick look that hangs must not keep the next from being taken. */
const QUICK_DEADLINE_MS = 2_000;

/** Round trips, the name look-up and the TLS handshake. */
const DEADLINE_BASE_MS = 5_000;
const LONGEST_DEADLINE_MS = 10 * 60_000;

/** A service that is busy, or a line that others fill for a moment. */
const HESITATION_MS = 10_000;
const PACE_ROOM = 4;
const PACE_UNITS = 16;
/** A line is taken for so many times faster than the slowest until it is known: a guess that is wrong costs the first units a second try. */
const FIRST_GUESS = 4;
const PACE_MIN_BYTES = 256 * 1024;

const FIRST_REPEAT_MS = 500;

/** More than this between two looks at the clocks that should be seconds apart: the machine slept, or the process was stopped. */
export const SLEEP_JUMP_MS = 30_000;

/** An outage longer than this leaves calls behind that wait for TCP to try again: they are begun anew when the connection is back. */
export const STUCK_AFTER_MS = 5_000;

/** When the connection is given up, from the drop, or from the wake if the machine slept meanwhile. */
export function giveUpAtMs(rules: ReconnectRules, countedFromMs: number): number {
  return countedFromMs + rules.patienceMs;
}

/**
 * How long one attempt may take. Each miss doubles it, so that the unit gets through in the end, however slow the line. `missed`: how many attempts of this
 * call have been cut off by their deadline. `pace`: of a network; a connection that went dead without a word is then noticed in the time that such a line
 * may hesitate. Without one it is what the slowest allowed would take: a file system may stand still for long, and a call to it is not taken back.
 */
export function deadlineMs(rules: ReconnectRules, sizeBytes: number, missed: number, pace?: Pace): number {
  const onSlowestMs = DEADLINE_BASE_MS + Math.ceil((sizeBytes * 1_000) / rules.floorBytesPerSecond);
  const first = firstDeadlineMs(rules, sizeBytes, pace) ?? onSlowestMs;
  return Math.max(first, Math.min(first * 2 ** missed, Math.max(LONGEST_DEADLINE_MS, onSlowestMs)));
}

function firstDeadlineMs(rules: ReconnectRules, sizeBytes: number, pace: Pace | undefined): number | undefined {
  if (pace === undefined || sizeBytes < PACE_MIN_BYTES) return undefined;
  const { msPerByte } = pace;
  return msPerByte === undefined
    ? DEADLINE_BASE_MS + Math.ceil((sizeBytes * 1_000) / (rules.floorBytesPerSecond * FIRST_GUESS))
    : Math.min(HESITATION_MS + Math.ceil(PACE_ROOM * sizeBytes * msPerByte), LONGEST_DEADLINE_MS);
}

/** How fast units went over the line lately. */
export interface Pace {
  /** Of the slowest of the last ones; undefined before the first. */
  readonly msPerByte: number | undefined;
}

/** Keeps the last of what `seen` is told. Small units say more of the service than of the line. */
export function createPace(): { readonly seen: (sizeBytes: number, tookMs: number) => void; readonly now: () => Pace } {
  const last: number[] = [];
  return {
    seen(sizeBytes, tookMs) {
      if (sizeBytes < PACE_MIN_BYTES) return;
      last.push(tookMs / sizeBytes);
      if (last.length > PACE_UNITS) last.shift();
    },
    now: () => ({ msPerByte: last.length === 0 ? undefined : Math.max(...last) }),
  };
}

/** Before a request is repeated: exponential with full jitter, never before what the service asked for. `chance` lies in [0, 1). */
export function repeatAfterMs(rules: ReconnectRules, repeat: number, askedMs: number | undefined, chance: number): number {
  const highest = Math.min(FIRST_REPEAT_MS * 2 ** (repeat - 1), rules.longestGapMs);
  return Math.round((askedMs ?? 0) + highest * chance);
}

/** Looks at whether the connection is back. Two kinds at once: quick ones find it soon, patient ones find it on a slow line. */
export type Look = { readonly afterMs: number; readonly deadlineMs: number };

/** The next quick look, `sinceLastMs` after the last began; undefined once the drop is no longer young. */
export function nextQuickLook(rules: ReconnectRules, downForMs: number, sinceLastMs: number): Look | undefined {
  if (downForMs >= EAGER_FOR_MS) return undefined;
  const gap = Math.min(EAGER_GAP_MS, rules.longestGapMs);
  return { afterMs: Math.max(0, gap - sinceLastMs), deadlineMs: QUICK_DEADLINE_MS };
}

/** The next real request, `sinceLastMs` after the last began: the starts of two are never further apart than the rules say. */
export function nextPatientLook(rules: ReconnectRules, sinceLastMs: number): Look {
  return { afterMs: Math.max(0, rules.longestGapMs - sinceLastMs), deadlineMs: rules.longestGapMs };
}

/**
 * The first look after a drop: at once. When the connection came back and nothing got through before it dropped again (`inVain` times in a row), later,
 * so that a line that takes small requests and breaks under large ones is not hammered.
 */
export function firstLookAfterMs(rules: ReconnectRules, inVain: number, chance: number): number {
  if (inVain === 0) return 0;
  return Math.round(Math.min(FIRST_REPEAT_MS * 2 ** inVain, rules.longestGapMs) * (0.5 + chance / 2));
}
