/**
 * What the simulator has to remember so that a killed process can go on with the same estate: its start, accepted triggers, failed operations,
 * deleted vaults and used-up faults. One JSON line each, written before the answer is given.
 */
import { z } from "zod";

/** Where the lines are kept. What `append` was given has to survive the process once it returns. */
export interface Journal {
  readonly read: () => readonly string[];
  readonly append: (line: string) => void;
}

const entrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("start"), baseMs: z.number() }),
  z.object({ kind: z.literal("trigger"), atMs: z.number(), item: z.string(), expiry: z.string().optional() }),
  z.object({ kind: z.literal("operation-failed"), operation: z.string(), code: z.string() }),
  z.object({ kind: z.literal("vault-deleted"), vault: z.string() }),
  z.object({ kind: z.literal("fault"), index: z.number() }),
  z.object({ kind: z.literal("torn") }),
]);

export type JournalEntry = z.infer<typeof entrySchema>;

/** Closes a torn line, so that what is appended next does not run into it. */
const TORN = JSON.stringify({ kind: "torn" } satisfies JournalEntry);

/** @throws Error for a line that is none of ours; a torn last line is closed and left out, because its answer was never given. */
export function readJournal(journal: Journal): JournalEntry[] {
  const lines = journal.read().filter((line) => line.trim() !== "");
  return lines.flatMap((line, index) => {
    try {
      return [entrySchema.parse(JSON.parse(line))];
    } catch (error) {
      if (line.endsWith(TORN)) return [];
      if (index === lines.length - 1) {
        journal.append(TORN);
        return [];
      }
      throw new Error(`The simulator's journal is damaged at line ${index + 1}.`, { cause: error });
    }
  });
}
