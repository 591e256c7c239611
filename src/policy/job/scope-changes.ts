/** Which machines, disks and folders came, went or moved. Their order means nothing. */
import type { DiskScope, FolderScope, MachineScope } from "./job.ts";

export function scopeChanges(before: readonly MachineScope[], now: readonly MachineScope[]): string[] {
  const old = byName(before);
  const fresh = byName(now);
  return [
    ...before.filter(({ name }) => !fresh.has(name)).map(({ name }) => `Machine ${name} is gone.`),
    ...now.flatMap((machine) => {
      const was = old.get(machine.name);
      if (was === undefined) return [`Machine ${machine.name} is new, with ${partNames(machine)}.`];
      return partChanges(was, machine).map((change) => `Machine ${machine.name}: ${change}`);
    }),
  ];
}

type Part = { readonly name: string; readonly path: string; readonly words: string };

function partChanges(before: MachineScope, now: MachineScope): string[] {
  const old = byName(partsOf(before));
  const fresh = byName(partsOf(now));
  return [
    ...[...old.values()].filter(({ name }) => !fresh.has(name)).map(({ words, name }) => `${words} ${name} is gone.`),
    ...[...fresh.values()].flatMap(({ name, path, words }) => {
      const was = old.get(name);
      if (was === undefined) return [`${words} ${name} is new (${path}).`];
      if (was.words !== words) return [`${name} is a ${words} (${path}) instead of a ${was.words} (${was.path}).`];
      return was.path === path ? [] : [`${words} ${name} is read from ${path} instead of ${was.path}.`];
    }),
  ];
}

function partsOf({ disks, folders }: MachineScope): Part[] {
  return [
    ...disks.map((disk) => part(disk, disk.medium === "image" ? "disk image" : "disk")),
    ...folders.map((each) => part(each, "folder")),
  ];
}

function part({ name, path }: DiskScope | FolderScope, words: string): Part {
  return { name, path, words };
}

function partNames(machine: MachineScope): string {
  return partsOf(machine)
    .map(({ name, words }) => `${words} ${name}`)
    .join(", ");
}

function byName<Named extends { readonly name: string }>(all: readonly Named[]): Map<string, Named> {
  return new Map(all.map((each) => [each.name, each]));
}
