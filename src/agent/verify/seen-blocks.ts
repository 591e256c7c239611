import type { BlockPlace } from "../format/index-page.ts";

/** Which blocks were met already: a bit for each, some 20 MB for a TiB of blocks of 1 MiB. */
export class SeenBlocks {
  readonly #units = new Map<string, Map<number, Uint8Array>>();

  /** True the first time. */
  add({ segment, offset, inner }: BlockPlace): boolean {
    const units = this.#units.get(segment) ?? new Map<number, Uint8Array>();
    this.#units.set(segment, units);
    const at = inner >>> 3;
    let bits = units.get(offset) ?? new Uint8Array(at + 1);
    if (bits.byteLength <= at) {
      const longer = new Uint8Array(Math.max(at + 1, 2 * bits.byteLength));
      longer.set(bits);
      bits = longer;
    }
    units.set(offset, bits);
    const bit = 1 << (inner & 7);
    const before = bits[at] ?? 0;
    bits[at] = before | bit;
    return (before & bit) === 0;
  }
}
