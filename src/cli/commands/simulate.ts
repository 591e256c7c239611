import type { Command } from "commander";
import { reveal } from "../../cloud/report/visible.ts";
import type { Simulator } from "../../local/azure/simulator.ts";
import { describeUse } from "../help-text.ts";
import { interruption } from "../interruption.ts";
import type { Finish } from "../main.ts";
import { announce, portOf } from "../server.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

interface SimulateFlags extends OutputFlags {
  readonly port: string;
  readonly estate?: string;
  readonly generate?: string;
}

export function registerSimulate(program: Command, terminal: Terminal, _finish: Finish): void {
  const simulate = program
    .command("simulate")
    .description("only the simulated control plane, on real time; point REPRISE_ARM_ENDPOINT at its URL")
    .option("--port <n>", "port on 127.0.0.1; 0 for any free one", "7072")
    .option("--estate <file>", "estate file (default: the built-in estate)")
    .option("--generate <spec>", "a generated estate, e.g. items=1000,failed=0.1,seed=1");
  addOutputFlags(simulate).action(async (flags: SimulateFlags) => {
    const port = portOf(flags.port);
    const { chooseEstate } = await import("../estate.ts");
    const estate = await chooseEstate({
      ...(flags.estate !== undefined && { file: flags.estate }),
      ...(flags.generate !== undefined && { generate: flags.generate }),
      realTime: true,
    });
    const [{ systemClock }, { createSimulator }, { startSimulatorServer }] = await Promise.all([
      import("../../clock/clock.ts"),
      import("../../local/azure/simulator.ts"),
      import("../../local/azure/server.ts"),
    ]);
    const simulator = createSimulator({ estate, clock: systemClock, realTime: true });
    const server = await startSimulatorServer(flags.verbose || flags.debug ? logging(simulator, terminal) : simulator, { port });
    const ended = interruption();
    announce(terminal, server.url, flags.json === true);
    if (!flags.quiet)
      terminal.err(
        `Simulated control plane: what it received is at ${server.url}/_simulator/log, its items at ${server.url}/_simulator/state. Ctrl-C ends it.\n`,
      );
    await ended;
    await server.close();
  });
  describeUse(
    simulate,
    ["reprise simulate", "reprise simulate --port 0 --generate items=50,failed=0.2,seed=1"],
    ["ok", "failed", "usage", "notFound"],
  );
}

function logging(simulator: Simulator, terminal: Terminal): Simulator {
  return {
    ...simulator,
    async handle(request, signal) {
      const answer = await simulator.handle(request, signal);
      terminal.err(
        `${request.method} ${reveal(new URL(request.url).pathname)} ${answer === "drop" ? "connection dropped" : answer.status}\n`,
      );
      return answer;
    },
  };
}
