/** Who asks. A token goes to the endpoint and nowhere else; a simulator on this machine gets a fixed word instead. */
import { bearerTokenAuthenticationPolicy, type PipelinePolicy } from "@azure/core-rest-pipeline";
import type { AccessToken, TokenCredential } from "@azure/core-auth";
import { ForeignHostError, isAtEndpoint, type Endpoint } from "./endpoint.ts";

/** What a simulator is sent in place of a token. It is no secret. */
const PLACEHOLDER_TOKEN = "reprise-placeholder";

/** No token could be had, so nothing was sent. */
export class NoTokenError extends Error {
  readonly code = "NO_TOKEN";
  constructor(cause: unknown) {
    super(`No token could be had for Resource Manager: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "NoTokenError";
  }
}

/** Refuses every URL away from the endpoint. It runs before a token is set, on first requests, followed links and redirects alike. */
export function endpointGuardPolicy(endpoint: Endpoint): PipelinePolicy {
  return {
    name: "repriseEndpointGuardPolicy",
    sendRequest(request, next) {
      if (!isAtEndpoint(request.url, endpoint)) return Promise.reject(new ForeignHostError(request.url, endpoint));
      return next(request);
    },
  };
}

/** One policy for all clients, so that they share its cached token. */
export function authorizationPolicy(endpoint: Endpoint, credential: TokenCredential | undefined): PipelinePolicy {
  if (endpoint.loopback) {
    return {
      name: "reprisePlaceholderTokenPolicy",
      sendRequest(request, next) {
        request.headers.set("Authorization", `Bearer ${PLACEHOLDER_TOKEN}`);
        return next(request);
      },
    };
  }
  if (credential === undefined) throw new Error(`A credential is needed for ${endpoint.origin}.`);
  return bearerTokenAuthenticationPolicy({ credential: namingFailures(credential), scopes: endpoint.tokenScope });
}

/** For the SDK clients' constructors, which want a credential although the policy above takes the place of theirs. */
export const unusedCredential: TokenCredential = {
  getToken: () => Promise.reject(new Error("The SDK's own token policy must not be in the pipeline.")),
};

function namingFailures(credential: TokenCredential): TokenCredential {
  return {
    async getToken(scopes, options): Promise<AccessToken> {
      try {
        const token = await credential.getToken(scopes, options);
        if (token === null) throw new Error("the credential gave none");
        return token;
      } catch (error) {
        throw new NoTokenError(error);
      }
    },
  };
}
