/** Turns an error into one line for a person and the exit code that goes with it. */
import { EstateError } from "../local/azure/estate/estate.ts";
import { HubLockedError } from "../local/durable/hub-locked-error.ts";
import { OtherEstateError } from "../local/simulated-state.ts";
import { SettingError } from "../settings/settings.ts";
import { EXIT, UsageError } from "./terminal.ts";

export function describeFailure(error: unknown, debug: boolean): { readonly message: string; readonly code: number } {
  if (error instanceof UsageError) return { message: error.message, code: error.exitCode };
  if (error instanceof SettingError || error instanceof EstateError || error instanceof OtherEstateError)
    return { message: error.message, code: EXIT.usage };
  if (error instanceof HubLockedError) return { message: error.message, code: EXIT.locked };
  const { message, stack, code } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error), stack: undefined, code: undefined };
  if (code === "EADDRINUSE") return { message: `${message}. Choose another --port, or 0 for any free one.`, code: EXIT.failed };
  return { message: debug && stack ? stack : message, code: EXIT.failed };
}
