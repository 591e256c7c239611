import type { Command } from "commander";
import { describeUse } from "../help-text.ts";
import type { Finish } from "../main.ts";
import { UsageError, type Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";
import { listFlag } from "./run-flags.ts";

export interface DoctorFlags extends OutputFlags {
  readonly azure?: boolean;
  readonly subscription?: readonly string[];
  readonly managementGroup?: string;
  readonly vault?: readonly string[];
  readonly tags?: boolean;
}

export function registerDoctor(program: Command, terminal: Terminal, finish: Finish): void {
  const doctor = program
    .command("doctor")
    .description("what the signed-in identity can and cannot do, before anything runs")
    .option("--azure", "every action that a run uses, per subscription and vault, and the run store where one is configured")
    .option("--subscription <id>", "only these subscriptions (repeat, or separate by commas)", listFlag)
    .option("--management-group <id>", "all subscriptions under this management group")
    .option("--vault <name>", "only these vaults, where the role may be assigned at vaults alone", listFlag)
    .option("--tags", "also what runs that filter by tags need");
  addOutputFlags(doctor).action(async (flags: DoctorFlags) => {
    if (!flags.azure) throw new UsageError("--azure: found nothing; allowed: --azure, the one thing that can be looked at.");
    const { runDoctor } = await import("../doctor-run.ts");
    finish(await runDoctor(flags, terminal));
  });
  describeUse(
    doctor,
    [
      "reprise doctor --azure",
      "reprise doctor --azure --vault 'vault-prod-*'",
      "reprise doctor --azure --management-group production --json",
    ],
    ["ok", "failed", "usage"],
  );
}
