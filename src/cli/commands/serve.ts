import { join } from "node:path";
import type { Command } from "commander";
import type { LocalApp } from "../../local/app.ts";
import { describeUse } from "../help-text.ts";
import { hostLog } from "../host-log.ts";
import { interruption } from "../interruption.ts";
import type { Finish } from "../main.ts";
import { announce, portOf } from "../server.ts";
import { UsageError, type Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

interface ServeFlags extends OutputFlags {
  readonly port: string;
  readonly simulate?: string | true;
  readonly generate?: string;
  readonly azure?: boolean;
  readonly state: string;
}

export function registerServe(program: Command, terminal: Terminal, _finish: Finish): void {
  const serve = program
    .command("serve")
    .description("the app on this machine: timers, HTTP and page on 127.0.0.1, without keys")
    .option("--port <n>", "port on 127.0.0.1; 0 for any free one", "7071")
    .option("--simulate [estate]", "against a simulated estate in the same process (default), on a clock that jumps")
    .option("--generate <spec>", "simulate a generated estate, e.g. items=1000,failed=0.1,seed=1")
    .option("--azure", "against Azure (or REPRISE_ARM_ENDPOINT)")
    .option("--state <dir>", "where runs are kept", ".reprise");
  addOutputFlags(serve).action(async (flags: ServeFlags) => {
    const port = portOf(flags.port);
    const app = await openServed(flags, terminal);
    try {
      const { url } = await app.host.listen(port);
      const ended = interruption();
      announce(terminal, url, flags.json === true);
      if (!flags.quiet)
        terminal.err(
          `Runs: POST ${url}/api/runs starts one, GET ${url}/api/runs lists them; the page is ${url}/api/dashboard. Ctrl-C ends it.\n`,
        );
      await ended;
    } finally {
      await app.stop();
    }
  });
  describeUse(
    serve,
    ["reprise serve", "reprise serve --port 0 --json", "reprise serve --azure --state /var/lib/reprise"],
    ["ok", "failed", "usage", "notFound", "locked"],
  );
}

async function openServed(flags: ServeFlags, terminal: Terminal): Promise<LocalApp> {
  if (flags.azure && (flags.simulate !== undefined || flags.generate !== undefined))
    throw new UsageError("--azure: found together with --simulate or --generate; allowed: one of them.");
  const { openAzureApp, openSimulatedApp } = await import("../../local/app.ts");
  const shared = { environment: terminal.environment, log: hostLog(terminal, flags), timers: true };
  if (flags.azure) return openAzureApp({ ...shared, stateDir: flags.state, hub: "serve" });
  const { chooseEstate } = await import("../estate.ts");
  const estate = await chooseEstate({
    ...(typeof flags.simulate === "string" && { file: flags.simulate }),
    ...(flags.generate !== undefined && { generate: flags.generate }),
  });
  return openSimulatedApp({ ...shared, estate, stateDir: join(flags.state, "simulated", "serve"), between: "flowing" });
}
