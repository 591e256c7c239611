/** The value of the durable client binding: where the library finds the task hub's management API. */
import type { Registration, TypedData } from "./functions-core.ts";

export const managementPrefix = "/runtime/webhooks/durabletask";
export const rpcPrefix = "/durabletask";

/** Placeholder in the URLs that stands for the instance id. */
const ID = "INSTANCEID";

/** For functions that ask for it. `origin` answers webhooks, `rpcOrigin` the library's own calls. */
export function durableClientInputs(
  registration: Registration,
  origin: string,
  rpcOrigin: string,
  hubName: string,
): Readonly<Record<string, TypedData>> {
  const names = Object.entries(registration.metadata.bindings)
    .filter(([, binding]) => binding.type === "durableClient" || binding.type === "orchestrationClient")
    .map(([name]) => name);
  if (names.length === 0) return {};
  const value = { json: JSON.stringify(clientBinding(origin, rpcOrigin, hubName)) };
  return Object.fromEntries(names.map((name) => [name, value]));
}

function clientBinding(origin: string, rpcOrigin: string, hubName: string): unknown {
  const baseUrl = `${origin}${managementPrefix}`;
  return {
    taskHubName: hubName,
    connectionName: null,
    creationUrls: {
      createNewInstancePostUri: `${baseUrl}/orchestrators/{functionName}[/{instanceId}]?code=local`,
      createAndWaitOnNewInstancePostUri: `${baseUrl}/orchestrators/{functionName}[/{instanceId}]?timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}&code=local`,
    },
    managementUrls: managementUrls(origin, ID, hubName),
    baseUrl,
    requiredQueryStringParameters: "code=local",
    rpcBaseUrl: `${rpcOrigin}${rpcPrefix}/`,
    httpBaseUrl: null,
  };
}

/** The object of URLs with which an instance can be watched and steered. The local host checks no key. */
export function managementUrls(origin: string, instanceId: string, hubName: string): Readonly<Record<string, string>> {
  const instance = `${origin}${managementPrefix}/instances/${instanceId}`;
  const query = `taskHub=${encodeURIComponent(hubName)}&connection=Storage&code=local`;
  return {
    id: instanceId,
    statusQueryGetUri: `${instance}?${query}`,
    sendEventPostUri: `${instance}/raiseEvent/{eventName}?${query}`,
    terminatePostUri: `${instance}/terminate?reason={text}&${query}`,
    rewindPostUri: `${instance}/rewind?reason={text}&${query}`,
    purgeHistoryDeleteUri: `${instance}?${query}`,
    restartPostUri: `${instance}/restart?reason={text}&${query}`,
    suspendPostUri: `${instance}/suspend?reason={text}&${query}`,
    resumePostUri: `${instance}/resume?reason={text}&${query}`,
  };
}
