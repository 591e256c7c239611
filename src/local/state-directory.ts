/** Makes the folders that an app keeps its state in. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

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
    await makeDirectory(directory);
  } catch (error) {
    throw new StateDirectoryError(directory, error as Error);
  }
}

/** With its parents. Node's own way never returns where the system answers ENOENT below a folder that is there (in /proc, say). */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(directory)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(directory) === directory) throw error;
    await makeDirectory(dirname(directory));
    // Another process may have been faster.
    await mkdir(directory).catch((again: NodeJS.ErrnoException) => {
      if (again.code !== "EEXIST") throw again;
    });
  }
}
