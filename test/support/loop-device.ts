import { execFileSync } from "node:child_process";
import { onTestFinished } from "vitest";

/** The file as a block device until the test ends; undefined where that is not possible (no root, no loop devices). */
export function loopDevice(file: string): string | undefined {
  try {
    const device = execFileSync("losetup", ["--find", "--show", file], { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
    onTestFinished(() => void execFileSync("losetup", ["--detach", device]));
    return device;
  } catch {
    return undefined;
  }
}
