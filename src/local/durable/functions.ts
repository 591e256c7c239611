/** What the task hub asks of the host: to run one orchestrator turn or one activity through the libraries. */
import type { Answer } from "./answer.ts";

export type ActivityOutcome =
  | { readonly ok: true; /** JSON text; null for undefined. */ readonly result: string | null }
  | { readonly ok: false; readonly message: string; readonly stack: string };

export interface HubFunctions {
  readonly orchestrators: ReadonlySet<string>;
  readonly activities: ReadonlySet<string>;
  /** `trigger` is the JSON text of the trigger's input. Rejects when there is no answer, as with a fault of the library. */
  runTurn(name: string, instanceId: string, trigger: string): Promise<Answer>;
  /** `input` is a JSON text, null for none. Never rejects. */
  runActivity(name: string, instanceId: string, input: string | null): Promise<ActivityOutcome>;
}

/** The extension's words for a name that is not registered. */
export function unknownFunction(name: string, kind: "orchestrator" | "activity", known: ReadonlySet<string>): string {
  const names = [...known].map((each) => `'${each}'`).join(", ");
  return `The function '${name}' doesn't exist, is disabled, or is not an ${kind} function. Additional info: The following are the known ${kind} functions: ${names}.`;
}

/** Reason and details of a failed activity, as the extension words them: a .NET exception around the worker's. */
export function activityFailure(name: string, message: string, stack: string): { readonly reason: string; readonly details: string } {
  const details = {
    $type: "System.Exception, System.Private.CoreLib",
    ClassName: "System.Exception",
    Message: ` ${message}`,
    Data: null,
    InnerException: {
      $type: "Microsoft.Azure.WebJobs.Script.Workers.Rpc.RpcException, Microsoft.Azure.WebJobs.Script",
      IsUserException: false,
      RemoteStackTrace: stack,
      RemoteMessage: message,
      RemoteTypeName: null,
      Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
    },
  };
  return { reason: `Activity function '${name}' failed:  ${message}`, details: JSON.stringify(details) };
}
