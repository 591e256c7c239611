import type { Command } from "commander";
import { systemClock } from "../../clock/clock.ts";
import { startSimulatorServer } from "../../local/azure/server.ts";
import { createSimulator } from "../../local/azure/simulator.ts";
import { chooseEstate } from "../estate.ts";
import type { Finish } from "../main.ts";
import { announce, portOf } from "../server.ts";
import { interruption } from "../interruption.ts";
import type { Terminal } from "../terminal.ts";

interface SimulateFlags {
  readonly port: string;
  readonly estate?: string;
  readonly generate?: string;
  readonly json?: boolean;
}

export function registerSimulate(program: Command, terminal: Terminal, _finish: Finish): void {
  program
    .command("simulate")
    .description("only the simulated control plane, on real time; point REPRISE_ARM_ENDPOINT at its URL")
    .option("--port <n>", "port on 127.0.0.1; 0 for any free one", "7072")
    .option("--estate <file>", "estate file (default: the built-in estate)")
    .option("--generate <spec>", "e.g. items=1000,failed=0.1,seed=1")
    .option("--json", "print the URL as a JSON object")
    .action(async (flags: SimulateFlags) => {
      const port = portOf(flags.port);
      const estate = await chooseEstate({ ...(flags.estate !== undefined && { file: flags.estate }), ...(flags.generate !== undefined && { generate: flags.generate }), realTime: true });
      const server = await startSimulatorServer(createSimulator({ estate, clock: systemClock, realTime: true }), { port });
      announce(terminal, server.url, flags.json === true);
      terminal.err(`Simulated control plane: what it received is at ${server.url}/_simulator/log, its items at ${server.url}/_simulator/state. Ctrl-C ends it.\n`);
      await interruption();
      await server.close();
    });
}
