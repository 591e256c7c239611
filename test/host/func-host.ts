/** The real Functions host (`func start`) on the packaged app. In: a package folder and settings. Out: a host that answers; it can be killed and begun again. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { plainEnvironment, start, type Program } from "./child-process.ts";

export interface FuncHost {
  readonly url: string;
  readonly program: Program;
  kill(): Promise<void>;
}

/** A first start downloads the extension bundle. */
const START_TIMEOUT_MS = 240_000;

/** Undefined when there is no `func` on the PATH. */
export function funcVersion(): string | undefined {
  const { status, stdout } = spawnSync("func", ["--version"], { encoding: "utf8", timeout: 60_000 });
  return status === 0 ? stdout.trim() : undefined;
}

export async function startFunc(folder: string, settings: Readonly<Record<string, string>>): Promise<FuncHost> {
  const port = await freePort();
  const local = { IsEncrypted: false, Host: { LocalHttpPort: port }, Values: { FUNCTIONS_WORKER_RUNTIME: "node", ...settings } };
  await writeFile(join(folder, "local.settings.json"), JSON.stringify(local, undefined, 2));
  const program = start({
    name: "func",
    command: "func",
    args: ["start", "--port", String(port)],
    cwd: folder,
    env: plainEnvironment({ FUNCTIONS_CORE_TOOLS_TELEMETRY_OPTOUT: "1", DOTNET_CLI_TELEMETRY_OPTOUT: "1" }),
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(url, program);
  } catch (error) {
    await program.kill();
    throw error;
  }
  return { url, program, kill: () => program.kill() };
}

async function untilHealthy(url: string, program: Program): Promise<void> {
  const untilMs = Date.now() + START_TIMEOUT_MS;
  for (let last = "no answer"; ;) {
    try {
      const answer = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) });
      if (answer.status === 200) return;
      last = `${answer.status} ${await answer.text()}`;
    } catch {
      // It does not listen yet.
    }
    if (program.hasEnded() || Date.now() > untilMs) throw new Error(`${url}/api/health: ${last}\n${program.output()}`);
    await sleep(500);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
