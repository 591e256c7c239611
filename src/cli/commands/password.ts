import type { Command } from "commander";
import { addStoreFlags, type StoreFlags } from "../transfer/store-flags.ts";
import { describeUse, type ExitName } from "../help-text.ts";
import type { Terminal } from "../terminal.ts";
import { addOutputFlags, type OutputFlags } from "./output-flags.ts";

export interface PasswordFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly newPasswordFile?: string;
  readonly label?: string;
  readonly slot?: string;
}

const EXITS: readonly ExitName[] = ["ok", "failed", "usage", "notFound", "password"];

export function registerPassword(program: Command, terminal: Terminal): void {
  const password = program
    .command("password")
    .description("the passwords of an encrypted store; each opens all of it, and data is never sent again")
    .helpCommand(false);
  const add = (command: Command): Command =>
    addOutputFlags(
      addStoreFlags(command.option("--from <store>", "the store: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PREFIX] or a directory")),
    );
  const listing = add(password.command("list").description("when each was made; needs no password"));
  listing.action(async (flags: PasswordFlags) => {
    const { listPasswords } = await import("../transfer/password-run.ts");
    await listPasswords(flags, terminal);
  });
  describeUse(listing, ["reprise password list --from /mnt/backup"], EXITS);
  const adding = add(password.command("add").description("one more; --password-file holds one that opens the store already"))
    .option("--new-password-file <file>", "the new password is the first line of this file")
    .option("--label <text>", "what the list says of it", "");
  adding.action(async (flags: PasswordFlags) => {
    const { addOne } = await import("../transfer/password-run.ts");
    await addOne(flags, terminal);
  });
  describeUse(adding, ["reprise password add --from /mnt/backup --password-file old.txt --new-password-file new.txt --label spare"], EXITS);
  const removing = add(password.command("remove").description("one less; the last one stays")).option(
    "--slot <id>",
    "as the list shows it",
  );
  removing.action(async (flags: PasswordFlags) => {
    const { removeOne } = await import("../transfer/password-run.ts");
    await removeOne(flags, terminal);
  });
  describeUse(removing, ["reprise password remove --from /mnt/backup --password-file new.txt --slot 1a2b3c4d"], EXITS);
  describeUse(password, ["reprise password list --from /mnt/backup"], EXITS);
}
