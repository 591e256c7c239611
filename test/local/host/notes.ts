/** What timers note for a test in the same process, and what a test makes them do. */
export interface Notes {
  readonly ticks: unknown[];
  readonly hubs: string[];
  slowly: () => Promise<void>;
}

export function notesOf(holder: object): Notes {
  const notes = holder as { repriseTestNotes?: Notes };
  return (notes.repriseTestNotes ??= { ticks: [], hubs: [], slowly: () => Promise.resolve() });
}
