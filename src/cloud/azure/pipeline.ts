/**
 * The pipeline that every request to Azure goes through, whichever client made it: repeats reads, follows redirects within the endpoint, refuses any
 * other host, sets the token, counts, and gives up on an answer that does not come.
 */
import { readFileSync } from "node:fs";
import {
  bearerTokenAuthenticationPolicyName,
  createDefaultHttpClient,
  createPipelineFromOptions,
  proxyPolicyName,
  type HttpClient,
  type Pipeline,
  type PipelinePolicy,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/core-auth";
import { authorizationPolicy, endpointGuardPolicy } from "./authorization.ts";
import type { Endpoint } from "./endpoint.ts";
import { readPacePolicy, type ReadPace } from "./read-pace.ts";
import { readRetryPolicy, type ReadRetryOptions } from "./read-retry.ts";
import { singleTryPolicy } from "./single-try.ts";

export interface TransportOptions extends ReadRetryOptions {
  readonly endpoint: Endpoint;
  readonly credential?: TokenCredential;
  readonly httpClient?: HttpClient;
  readonly requestTimeoutMs: number;
  /** Shared with other instances; without it reads go as fast as they can. */
  readonly readPace?: ReadPace;
}

/** The name of the SDK's own policy for repeats, which the library does not export. */
const SDK_RETRY_POLICY = "defaultRetryPolicy";

/** Options that all SDK clients are made with. `equip` puts the pipeline right afterwards. */
interface ClientOptions {
  readonly endpoint: string;
  readonly httpClient: HttpClient;
  readonly allowInsecureConnection: boolean;
  readonly userAgentOptions: { readonly userAgentPrefix: string };
  readonly retryOptions: { readonly maxRetries: number };
}

export interface Transport {
  readonly endpoint: Endpoint;
  readonly httpClient: HttpClient;
  readonly clientOptions: ClientOptions;
  /** For requests that no SDK client makes. */
  readonly pipeline: Pipeline;
  /** Replaces the SDK's policies for repeats and tokens by ours. */
  equip(pipeline: Pipeline): void;
}

export function createTransport(options: TransportOptions): Transport {
  const { endpoint, clock } = options;
  const httpClient = options.httpClient ?? createDefaultHttpClient();
  const retry = readRetryPolicy(options);
  // In this order: nothing is authorized that the guard has not passed.
  const perTry: readonly PipelinePolicy[] = [
    endpointGuardPolicy(endpoint),
    ...(options.readPace ? [readPacePolicy(options.readPace, clock)] : []),
    authorizationPolicy(endpoint, options.credential),
    singleTryPolicy({ clock, timeoutMs: options.requestTimeoutMs }),
  ];
  const equip = (pipeline: Pipeline): void => {
    pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName });
    pipeline.removePolicy({ name: SDK_RETRY_POLICY });
    // A simulator on this machine is not behind the proxy that the environment may name.
    if (endpoint.loopback) pipeline.removePolicy({ name: proxyPolicyName });
    pipeline.addPolicy(retry, { phase: "Retry" });
    for (const policy of perTry) pipeline.addPolicy(policy, { phase: "Sign" });
  };
  const clientOptions: ClientOptions = {
    endpoint: endpoint.origin,
    httpClient,
    allowInsecureConnection: endpoint.loopback,
    userAgentOptions: { userAgentPrefix: `reprise/${version()}` },
    retryOptions: { maxRetries: 0 },
  };
  const pipeline = createPipelineFromOptions(clientOptions);
  equip(pipeline);
  return { endpoint, httpClient, clientOptions, pipeline, equip };
}

function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
