/** The programs that are compared, each as commands: back up a path into a place of its own, restore it. Peers are left out where they are not installed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CountedAzurite } from "./azurite.ts";
import type { Command } from "./measure.ts";

export interface Tool {
  readonly name: string;
  /** Once, before the first backup; not measured. */
  prepare(place: string): readonly Command[];
  backup(place: string, path: string): Command;
  /** Into a folder; where the restored thing then is. */
  restore(place: string, path: string, folder: string): { readonly command: Command; readonly restored: string };
}

const reprise = fileURLToPath(new URL("../../../dist/cli/reprise.js", import.meta.url));
const rawSdk = fileURLToPath(new URL("./raw-sdk.ts", import.meta.url));

export function toolsFor(azurite: CountedAzurite): readonly Tool[] {
  const sdkEnv = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
  const rcloneEnv = {
    RCLONE_CONFIG: "/dev/null",
    RCLONE_CONFIG_AZ_TYPE: "azureblob",
    RCLONE_CONFIG_AZ_SAS_URL: azurite.signedUrl,
  };
  const resticEnv = { ...rcloneEnv, RESTIC_PASSWORD: "bench", RESTIC_PROGRESS_FPS: "0.1" };
  const tools: Tool[] = [
    {
      name: "reprise",
      prepare: () => [],
      backup: (place, path) => ({
        argv: [
          process.execPath,
          reprise,
          "backup",
          "--name",
          "bench",
          "--machine",
          "m",
          "--source",
          path,
          "--to",
          `${azurite.url}/${place}`,
          "--json",
        ],
        env: sdkEnv,
      }),
      restore: (place, path, folder) => {
        const restored = join(folder, basename(path));
        return {
          command: {
            argv: [process.execPath, reprise, "restore", "--from", `${azurite.url}/${place}`, "--to", restored, "--json"],
            env: sdkEnv,
          },
          restored,
        };
      },
    },
    {
      name: "raw SDK",
      prepare: () => [],
      backup: (place, path) => ({ argv: [process.execPath, rawSdk, "put", place, path], env: sdkEnv }),
      restore: (place, path, folder) => {
        const restored = join(folder, basename(path));
        return { command: { argv: [process.execPath, rawSdk, "get", place, restored], env: sdkEnv }, restored };
      },
    },
  ];
  if (isInstalled("rclone"))
    tools.push({
      name: "rclone",
      prepare: (place) => [{ argv: ["rclone", "mkdir", `az:${place}`], env: rcloneEnv }],
      backup: (place, path) => ({ argv: ["rclone", "copy", path, `az:${place}`], env: rcloneEnv }),
      restore: (place, path, folder) => ({
        command: { argv: ["rclone", "copy", `az:${place}`, folder], env: rcloneEnv },
        restored: join(folder, basename(path)),
      }),
    });
  if (isInstalled("restic") && isInstalled("rclone"))
    tools.push({
      name: "restic",
      prepare: (place) => [{ argv: ["restic", "-r", `rclone:az:${place}`, "init"], env: resticEnv }],
      backup: (place, path) => ({
        argv: ["restic", "-r", `rclone:az:${place}`, "backup", "--quiet", "--cleanup-cache", path],
        env: resticEnv,
      }),
      restore: (place, path, folder) => ({
        command: { argv: ["restic", "-r", `rclone:az:${place}`, "restore", "latest", "--target", folder], env: resticEnv },
        restored: join(folder, path),
      }),
    });
  return tools;
}

export function versions(): readonly string[] {
  return [
    ["rclone", "version"],
    ["restic", "version"],
  ].flatMap(([name = "", verb = ""]) => {
    const { error, stdout } = spawnSync(name, [verb], { encoding: "utf8" });
    return error === undefined ? [stdout.split("\n")[0]?.trim() ?? name] : [`${name}: not installed`];
  });
}

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? "").split(":").some((folder) => existsSync(join(folder, name)));
}
