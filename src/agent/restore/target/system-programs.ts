import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Node has no call for it: the system's program makes it. False where there is none. `path` must lead there for another process too. */
export async function makeFifo(path: string, mode: number): Promise<boolean> {
  return run("mkfifo", ["-m", mode.toString(8), "--", path]).then(
    () => true,
    (error: { readonly code?: unknown }) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** Puts on disk all that was written to the file system of the path, with one call instead of one for each file. Without the program the system does it within seconds. */
export async function flushFileSystem(path: string): Promise<void> {
  await run("sync", ["-f", "--", path]).catch(() => run("sync").catch(() => undefined));
}
