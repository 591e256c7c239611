/** What an app's functions note for a test in the same process. */
export interface Seen {
  running: number;
  mostRunning: number;
  release: () => void;
}

export function seenOf(holder: object): Seen {
  const notes = holder as { repriseTestSeen?: Seen };
  return (notes.repriseTestSeen ??= { running: 0, mostRunning: 0, release: () => undefined });
}
