/** Passwords of a store from the command line. */
import { places } from "../../agent/format/places.ts";
import { addPassword, removePassword } from "../../agent/repository/password-slots.ts";
import { readSlots } from "../../agent/repository/repository.ts";
import type { KeySlot } from "../../agent/repository/passwords.ts";
import { visibleName } from "../../cloud/report/visible.ts";
import { plural } from "../../cloud/report/words.ts";
import type { PasswordFlags } from "../commands/password.ts";
import { columnLines } from "../output/columns.ts";
import { jsonLine } from "../output/json.ts";
import { EXIT, UsageError, type Terminal } from "../terminal.ts";
import { fromFlag, openPlainStore, openStore, readPassword, shown } from "./store-flags.ts";

const MOST_LABEL = 200;

export async function listPasswords(flags: PasswordFlags, terminal: Terminal): Promise<void> {
  const store = await openPlainStore(fromFlag(flags), terminal, { flag: "--from", create: false });
  if ((await store.get(places.store)) === undefined)
    throw new UsageError(
      `--from: found ${shown(fromFlag(flags))}, where there is no store; allowed: a store that a backup made.`,
      EXIT.notFound,
    );
  const slots = (await readSlots(store)).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
  if (flags.json) return terminal.out(jsonLine({ message_type: "summary", passwords: slots.map(rowOf) }));
  const rows = slots.map(({ slot, key, createdAt, label }) => [
    slot.slice(0, 8),
    key.slice(0, 8),
    createdAt.slice(0, 16).replace("T", " "),
    label,
  ]);
  for (const line of columnLines(["slot", "key", "made (UTC)", "label"], rows)) terminal.out(`${line}\n`);
  if (slots.length === 0 && !flags.quiet) terminal.err("The store has no password: nothing in it is encrypted.\n");
}

export async function addOne(flags: PasswordFlags, terminal: Terminal): Promise<void> {
  const { newPasswordFile, label = "" } = flags;
  if (newPasswordFile === undefined)
    throw new UsageError("--new-password-file: found nothing; allowed: a file whose first line is the new password.");
  if (label.length > MOST_LABEL) throw new UsageError(`--label: found ${label.length} characters; allowed: up to ${MOST_LABEL}.`);
  const fresh = await readPassword({ passwordFile: newPasswordFile }, { ...terminal, environment: {} }, "--new-password-file");
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false });
  const added = await addPassword(repository, fresh ?? "", { label, createdAt: new Date().toISOString() });
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", added: added.map(rowOf) }));
  else if (!flags.quiet) terminal.out(`Added ${plural(added.length, "slot")}: ${added.map(({ slot }) => slot.slice(0, 8)).join(", ")}.\n`);
}

export async function removeOne(flags: PasswordFlags, terminal: Terminal): Promise<void> {
  if (flags.slot === undefined) throw new UsageError("--slot: found nothing; allowed: an id that reprise password list shows.");
  const { repository } = await openStore(fromFlag(flags), flags, terminal, { flag: "--from", create: false });
  const removed = await removePassword(repository, flags.slot);
  if (flags.json) terminal.out(jsonLine({ message_type: "summary", removed: rowOf(removed) }));
  else if (!flags.quiet)
    terminal.out(`Removed ${removed.slot.slice(0, 8)}${removed.label === "" ? "" : ` (${visibleName(removed.label)})`}.\n`);
}

/** Without what is wrapped. */
function rowOf({ slot, key, createdAt, label }: KeySlot) {
  return { slot, key, createdAt, label };
}
