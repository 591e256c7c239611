/** How a code is handled, as the few patterns that rows share: delays count from the failure to the first retry. */
import type { CatalogueRow } from "../errors.ts";

type Handling = Pick<CatalogueRow, "kind" | "firstDelayMinutes" | "tries" | "then">;

/** Internal trouble that is over in minutes. */
export const SOON: Handling = { kind: "transient", firstDelayMinutes: 5, tries: 3, then: "failing" };

/** One more try shortly after; the same failure again means that the source itself is at fault. */
export const SOON_ONCE: Handling = { kind: "transient", firstDelayMinutes: 10, tries: 1, then: "needs-person" };

/** The reason is likely gone after an hour or two. */
export const HOURS: Handling = { kind: "transient", firstDelayMinutes: 120, tries: 3, then: "failing" };

/** One try after the reason had time to pass; the same failure again means that somebody has to look. */
export const HOURS_ONCE: Handling = { kind: "transient", firstDelayMinutes: 60, tries: 1, then: "needs-person" };

/** Passes in most cases; a state that lasts over all tries will not pass any more. */
export const HOURS_THEN_PERSON: Handling = { kind: "transient", firstDelayMinutes: 60, tries: 3, then: "needs-person" };

/** Load on the source: far enough from the failure to be outside its busy time. */
export const OFF_PEAK: Handling = { kind: "transient", firstDelayMinutes: 240, tries: 3, then: "failing" };

/** A limit of operations per 24 hours: nothing helps before it counts anew. */
export const DAY_ONCE: Handling = { kind: "transient", firstDelayMinutes: 1440, tries: 1, then: "failing" };

/** `Retry-After` wins where the service gave one. */
export const THROTTLED: Handling = { kind: "throttled", firstDelayMinutes: 5, tries: 3, then: "failing" };

/** Another operation holds the item: it is looked at first, and ours starts only when that one is over. */
export const CONFLICT: Handling = { kind: "conflict", firstDelayMinutes: 30, tries: 3, then: "failing" };

/** The service itself repairs it: a backup of ours would only stand in its way. */
export const SELF_HEALING: Handling = { kind: "self-healing", firstDelayMinutes: 0, tries: 0, then: "failing" };

export const NEEDS_PERSON: Handling = { kind: "needs-person", firstDelayMinutes: 0, tries: 0, then: "needs-person" };

/** Ends the advice of codes that a run retries by itself. */
export const NEXT_RUN = "The next run retries it; `reprise retry --item NAME` starts one now.";

/** Ends the advice of codes that no run retries by itself. */
export const AFTER_REPAIR = "Then run `reprise retry --item NAME --force`, or leave it to the next scheduled backup.";

/** Ends the advice of codes that the service repairs: a run that finds one as the newest failure starts nothing, forced or not. */
export const WATCHED = "Runs only watch it, and start nothing until the service's own backup has ended.";
