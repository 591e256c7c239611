/** A process of its own: takes the lock of machine `m` in the directory store that is named, says so, and holds it until it is killed. */
import { opaqueName } from "../../../src/agent/format/data-key.ts";
import { lockMachine } from "../../../src/agent/repository/machine-lock.ts";
import { openRepository } from "../../../src/agent/repository/repository.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";

const repository = await openRepository(openDirectoryBlockStore(process.argv[2] ?? ""), {
  create: true,
  password: async () => undefined,
  now: () => new Date().toISOString(),
});
await lockMachine(repository, opaqueName(repository.key, "machine", "m"), "session one", systemClock);
process.stdout.write("held\n");
setInterval(() => {}, 60_000);
