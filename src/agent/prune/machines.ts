/** Which machines and disks a store holds anything of, by their names in keys. */
import { places } from "../format/places.ts";
import type { Repository } from "../repository/repository.ts";

export async function machinesIn(repository: Repository): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const machines = new Map<string, Set<string>>();
  const note = (machine: string | undefined, disk?: string): void => {
    if (machine === undefined || machine === "") return;
    const disks = machines.get(machine) ?? new Set<string>();
    machines.set(machine, disks);
    if (disk !== undefined && disk !== "") disks.add(disk);
  };
  const { store, state } = repository;
  for (const prefix of [places.points, places.removed])
    for await (const place of store.list(prefix)) {
      const [, machine, name = ""] = place.split("/");
      note(machine, name.split("~").at(-1));
    }
  for await (const place of store.list(places.index)) note(place.split("/")[1], place.split("/")[2]);
  for await (const place of store.list(places.damageOf())) note(place.split("/")[1], place.split("/")[2]);
  for await (const { name } of store.listSegments(places.segments)) note(name.split("/")[1], name.split("/")[2]);
  for await (const place of state.list(places.drafts)) {
    const [machine, disk = ""] = place.slice(places.drafts.length).split("/");
    note(machine, disk.replace(/\.json$/, ""));
  }
  return machines;
}
