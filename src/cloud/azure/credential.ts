import type { TokenCredential } from "@azure/core-auth";

/** Whoever is signed in, or the app's managed identity. The identity library is large: it is loaded when the first token is asked for. */
export function lazyCredential(): TokenCredential {
  let credential: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      credential ??= import("@azure/identity").then(({ DefaultAzureCredential }) => new DefaultAzureCredential());
      return (await credential).getToken(scopes, options);
    },
  };
}
