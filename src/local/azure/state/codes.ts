/**
 * Error numbers and texts of jobs. Three pairs of number and symbol are published (troubleshooting page for Azure VM backup); every other number
 * here is invented: made from the symbol, so that it is the same on every machine, and outside the published ones.
 */
import { hash } from "node:crypto";

const PUBLISHED: Readonly<Record<string, number>> = { ResourceNotFound: 320_001, BCMV2VMNotFound: 400_094, AzureVmOffline: 380_008 };

const SYMBOLS = new Map(Object.entries(PUBLISHED).map(([symbol, number]) => [number, symbol]));

const numbers = new Map<string, number>();

export function numberOf(code: string | number): number {
  if (typeof code === "number") return code;
  const known = PUBLISHED[code] ?? numbers.get(code);
  if (known !== undefined) return known;
  const invented = 500_000 + (Number.parseInt(hash("md5", code).slice(0, 8), 16) % 400_000);
  numbers.set(code, invented);
  return invented;
}

/** Undefined for a number that nobody published a symbol for. */
export function symbolOf(code: string | number): string | undefined {
  return typeof code === "string" ? code : SYMBOLS.get(code);
}

/** `ExtensionSnapshotFailedNoNetwork` → "Extension snapshot failed no network." */
export function textOf(code: string | number): string {
  const symbol = symbolOf(code);
  if (symbol === undefined) return `The operation failed with error ${code}.`;
  const words = symbol
    .replace(/^UserError/, "")
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
