/**
 * Whether the machine runs on battery, and how full it is (J6). In: the operating system. Out: undefined where there is no battery or the system does not
 * say; a level that cannot be read stops nothing.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Power } from "../../policy/session/events.ts";
import { readLinuxPower } from "./linux.ts";
import { parsePmset } from "./macos.ts";
import { parseWin32Battery } from "./windows.ts";

const run = promisify(execFile);
const LIMIT_MS = 10_000;

const WINDOWS_QUERY = "Get-CimInstance Win32_Battery | Select-Object BatteryStatus,EstimatedChargeRemaining | ConvertTo-Json -Compress";

export async function readPower(platform: NodeJS.Platform = process.platform): Promise<Power | undefined> {
  try {
    switch (platform) {
      case "linux":
        return await readLinuxPower("/sys/class/power_supply");
      case "darwin":
        return parsePmset((await run("/usr/bin/pmset", ["-g", "batt"], { timeout: LIMIT_MS })).stdout);
      case "win32": {
        const flags = ["-NoProfile", "-NonInteractive", "-Command", WINDOWS_QUERY];
        return parseWin32Battery((await run("powershell.exe", flags, { timeout: LIMIT_MS, windowsHide: true })).stdout);
      }
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}
