/** Makes the folders that an app keeps its state in. */
import { mkdir } from "node:fs/promises";

export class StateDirectoryError extends Error {
  readonly code = "STATE_UNUSABLE";
  constructor(directory: string, cause: Error) {
    super(`--state: found ${JSON.stringify(directory)}; allowed: a directory that can be written to (${cause.message}).`, { cause });
    this.name = "StateDirectoryError";
  }
}

/** @throws StateDirectoryError */
export async function makeStateDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw new StateDirectoryError(directory, error as Error);
  }
}
