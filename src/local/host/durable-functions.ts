/** The durable functions among the registrations, as the task hub calls them. */
import { outOfProcessLabel, readAnswer, type Answer } from "../durable/answer.ts";
import type { ActivityOutcome, HubFunctions } from "../durable/functions.ts";
import type { Registration, TypedData } from "./functions-core.ts";
import { fromJsonText, invoke, toJsonText } from "./invocation.ts";
import type { HostLogLine } from "./local-host.ts";

export interface DurableFunctionsOptions {
  readonly registrations: readonly Registration[];
  /** Values for inputs other than the trigger, such as the durable client. */
  readonly extraInputs: (registration: Registration) => Readonly<Record<string, TypedData>>;
  readonly log: (line: HostLogLine) => void;
}

export function durableFunctions(options: DurableFunctionsOptions): HubFunctions {
  const { extraInputs, log } = options;
  const orchestrators = ofType(options.registrations, "orchestrationTrigger");
  const activities = ofType(options.registrations, "activityTrigger");
  return {
    orchestrators: new Set(orchestrators.keys()),
    activities: new Set(activities.keys()),
    async runTurn(name, instanceId, trigger): Promise<Answer> {
      const registration = orchestrators.get(name);
      if (registration === undefined) throw new Error(`There is no orchestrator '${name}' in this app.`);
      try {
        const returned = await invoke(
          registration,
          { trigger: { json: trigger }, extra: extraInputs(registration), triggerMetadata: metadata(instanceId) },
          log,
        );
        return readAnswer(JSON.parse(toJsonText(returned) ?? "null"));
      } catch (error) {
        const answer = answerInside(error);
        if (answer === undefined) throw error;
        log({ level: "error", functionName: name, message: `Instance '${instanceId}' failed: ${answer.error ?? ""}` });
        return answer;
      }
    },
    async runActivity(name, instanceId, input): Promise<ActivityOutcome> {
      const registration = activities.get(name);
      if (registration === undefined) return { ok: false, message: `There is no activity '${name}' in this app.`, stack: "" };
      const data = fromJsonText(input);
      const triggerMetadata = { ...metadata(instanceId), [triggerName(registration)]: data, data: input === null ? data : { json: input } };
      try {
        return {
          ok: true,
          result: toJsonText(await invoke(registration, { trigger: data, extra: extraInputs(registration), triggerMetadata }, log)),
        };
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const stack = error instanceof Error ? (error.stack ?? "") : "";
        log({ level: "error", functionName: name, message: `Activity of instance '${instanceId}' failed: ${message}` });
        return { ok: false, message, stack };
      }
    },
  };
}

function ofType(registrations: readonly Registration[], type: string): Map<string, Registration> {
  const matching = registrations.filter(({ metadata }) => Object.values(metadata.bindings).some((binding) => binding.type === type));
  return new Map(matching.map((registration) => [registration.metadata.name, registration]));
}

function metadata(instanceId: string): Readonly<Record<string, TypedData>> {
  return { instanceId: { json: JSON.stringify(instanceId) } };
}

function triggerName(registration: Registration): string {
  return Object.entries(registration.metadata.bindings).find(([, binding]) => binding.type === "activityTrigger")?.[0] ?? "";
}

/** An uncaught error of an orchestrator travels inside the message of the library's error, together with the actions. */
function answerInside(error: unknown): Answer | undefined {
  const [, json] = error instanceof Error ? error.message.split(outOfProcessLabel, 2) : [];
  return json === undefined ? undefined : readAnswer(JSON.parse(json));
}
