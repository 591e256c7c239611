import { readEndpoint } from "./addresses.ts";
import type { Kind } from "./kinds.ts";
import { Secret } from "./secret.ts";

/**
 * The platform replaces a Key Vault reference by its secret; when it cannot, the app finds the reference's own text. Runs must go on then, so it is taken
 * here and refused where it would be used.
 */
export const unresolvedReference = /^@Microsoft\.KeyVault\(/i;

/** A URL that whoever knows it may post to: all of it is a secret. */
export const secretUrl: Kind<Secret> = {
  allowed: "an https URL without user and password (plain http to this machine only)",
  read: (text) => (unresolvedReference.test(text) || readEndpoint(text) !== undefined ? new Secret(text) : undefined),
};
