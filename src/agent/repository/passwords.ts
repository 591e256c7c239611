/**
 * Passwords of a store. In: a password. Out: the master key that it wraps. The master key is random and never changes; each password wraps it in a slot of its
 * own, so passwords are added, changed and removed without touching data.
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt as scryptWithCallback } from "node:crypto";
import { promisify } from "node:util";
import { z } from "zod";

const scrypt = promisify<Buffer, Buffer, number, object, Buffer>(scryptWithCallback);

export const keySlot = z.object({
  format: z.literal(1),
  key: z.string().regex(/^[0-9a-f]{32}$/),
  slot: z.string().regex(/^[0-9a-f]{32}$/),
  createdAt: z.iso.datetime(),
  label: z.string().max(200),
  kdf: z.object({
    name: z.literal("scrypt"),
    /** Bounds keep a hostile store from using up memory: 128 * N * r bytes. */
    n: z.int().min(1_024).max(1_048_576),
    r: z.int().min(1).max(16),
    p: z.int().min(1).max(16),
    salt: z.base64(),
  }),
  nonce: z.base64(),
  wrapped: z.base64(),
  tag: z.base64(),
});
export type KeySlot = z.infer<typeof keySlot>;

const MASTER_KEY_BYTES = 32;
/** 64 MiB and some tenths of a second for each guess. */
const COST = { n: 65_536, r: 8, p: 1 } as const;

export function newMasterKey(): Uint8Array {
  return Uint8Array.from(randomBytes(MASTER_KEY_BYTES));
}

export async function wrapKey(
  master: Uint8Array,
  password: string,
  about: { readonly key: string; readonly slot: string; readonly createdAt: string; readonly label: string },
): Promise<KeySlot> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await stretched(password, salt, COST), nonce);
  cipher.setAAD(boundTo(about.key, about.slot));
  const wrapped = Buffer.concat([cipher.update(master), cipher.final()]);
  return {
    format: 1,
    ...about,
    kdf: { name: "scrypt", ...COST, salt: salt.toString("base64") },
    nonce: nonce.toString("base64"),
    wrapped: wrapped.toString("base64"),
    tag: cipher.getAuthTag().toString("base64"),
  };
}

/** Undefined when it is not the slot's password. */
export async function unwrapKey(slot: KeySlot, password: string): Promise<Uint8Array | undefined> {
  const { n, r, p, salt } = slot.kdf;
  const decipher = createDecipheriv(
    "aes-256-gcm",
    await stretched(password, Buffer.from(salt, "base64"), { n, r, p }),
    Buffer.from(slot.nonce, "base64"),
  );
  decipher.setAAD(boundTo(slot.key, slot.slot));
  decipher.setAuthTag(Buffer.from(slot.tag, "base64"));
  try {
    return Uint8Array.from(Buffer.concat([decipher.update(Buffer.from(slot.wrapped, "base64")), decipher.final()]));
  } catch {
    return undefined;
  }
}

async function stretched(
  password: string,
  salt: Buffer,
  cost: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  return scrypt(Buffer.from(password.normalize("NFKC"), "utf8"), salt, 32, {
    N: cost.n,
    r: cost.r,
    p: cost.p,
    maxmem: 256 * cost.n * cost.r,
  });
}

function boundTo(key: string, slot: string): Buffer {
  return Buffer.from(`reprise key 1 ${key} ${slot}`);
}
