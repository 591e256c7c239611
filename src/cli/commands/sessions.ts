import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse } from "../help-text.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface SessionsFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
}

export function registerSessions(program: Command, terminal: Terminal): void {
  const sessions = program.command("sessions").description("the sessions that wrote to a store, as they recorded it").helpCommand(false);
  const add = (command: Command): Command =>
    addOutputFlags(
      addStoreFlags(command.option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")),
    );
  const listing = add(sessions.command("list").description("newest first"));
  listing.action(async (flags: SessionsFlags) => {
    const { listSessions } = await import("../transfer/sessions-run.ts");
    await listSessions(flags, terminal);
  });
  describeUse(listing, ["reprise sessions list --from /mnt/backup"], ["ok", "failed", "usage", "notFound", "password"]);
  const showing = add(sessions.command("show <id>").description("one session: its tasks, and every decision with its reason"));
  showing.action(async (id: string, flags: SessionsFlags) => {
    const { showSession } = await import("../transfer/sessions-run.ts");
    await showSession(id, flags, terminal);
  });
  describeUse(
    showing,
    ["reprise sessions show 20261120T130000Z-1f2e3d4c --from /mnt/backup"],
    ["ok", "failed", "usage", "notFound", "password"],
  );
  describeUse(
    sessions,
    ["reprise sessions list --from /mnt/backup", "reprise sessions show ID --from /mnt/backup"],
    ["ok", "failed", "usage"],
  );
}
