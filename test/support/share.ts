/** A share that vanishes and comes back when a test says so. Needs root and FUSE. */
import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

export const canShare = process.getuid?.() === 0 && existsSync("/dev/fuse");

export class Share {
  readonly #served: string;
  readonly #mountPoint: string;
  #server: ChildProcess | undefined;

  constructor(served: string, mountPoint: string) {
    this.#served = served;
    this.#mountPoint = mountPoint;
    onTestFinished(async () => {
      await this.vanish();
      this.unmount();
    });
  }

  /** Mounts the share, anew when it had vanished. */
  async come(): Promise<void> {
    this.unmount();
    const script = fileURLToPath(new URL("share-server.ts", import.meta.url));
    const server = spawn(process.execPath, [script, this.#served, this.#mountPoint], { stdio: ["ignore", "pipe", "inherit"] });
    this.#server = server;
    await once(server.stdout, "data");
  }

  /** The server is killed: every call on the share fails from now on. */
  async vanish(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  }

  /** What lies below the mount point shows. */
  unmount(): void {
    try {
      execFileSync("umount", ["-l", this.#mountPoint], { stdio: "ignore" });
    } catch {
      // It was not mounted.
    }
  }
}
