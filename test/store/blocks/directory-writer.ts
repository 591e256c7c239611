/** A process of its own for `directory-faults.test.ts`: node directory-writer.ts ROOT. Puts and seals until it is killed. */
import { openDirectoryBlockStore } from "../../../src/store/blocks/directory.ts";

const [root = ""] = process.argv.slice(2);
const store = openDirectoryBlockStore(root);
for (let segment = 0; ; segment++) {
  const ids: string[] = [];
  for (let number = 0; number < 12; number++) {
    const id = number.toString(16).padStart(8, "0");
    ids.push(id);
    await store.putUnit(`data/s${segment}`, id, new Uint8Array(300_000).fill(number + 1));
    if (segment === 0 && number === 0) process.stdout.write("writing\n");
  }
  await store.seal(`data/s${segment}`, ids.slice(0, 8));
}
