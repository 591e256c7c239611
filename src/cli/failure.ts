/**
 * Turns an error into text for a person and the exit code that goes with it. Errors are told by their `code`, so that none of the modules that throw them
 * has to be loaded.
 */
import { reveal } from "../cloud/report/visible.ts";
import { EXIT, UsageError } from "./terminal.ts";

const EXIT_OF_CODE: Readonly<Record<string, number>> = {
  SETTING_WRONG: EXIT.usage,
  STORE_LOCATION_WRONG: EXIT.usage,
  ESTATE_INVALID: EXIT.usage,
  STATE_OTHER_ESTATE: EXIT.usage,
  STATE_UNUSABLE: EXIT.usage,
  HUB_VERSION: EXIT.usage,
  HUB_LOCKED: EXIT.locked,
  JOB_INVALID: EXIT.usage,
  STATE_PLACE_WRONG: EXIT.usage,
  STORE_OTHER: EXIT.usage,
  STORE_LOCKED: EXIT.locked,
  STORE_NOT_FOUND: EXIT.notFound,
  POINT_CHOICE_WRONG: EXIT.usage,
  TARGET_EXISTS: EXIT.usage,
  TARGET_UNSUPPORTED: EXIT.usage,
  TARGET_TOO_SMALL: EXIT.usage,
  SLOT_UNKNOWN: EXIT.usage,
  SLOT_LAST: EXIT.usage,
  PASSWORD_WRONG: EXIT.password,
  PASSWORD_MISSING: EXIT.password,
};

export function describeFailure(error: unknown, debug: boolean): { readonly message: string; readonly code: number } {
  if (error instanceof UsageError) return { message: safe(error.message), code: error.exitCode };
  const { message, stack, code = "" } = error instanceof Error ? (error as NodeJS.ErrnoException) : { message: String(error) };
  const exitCode = EXIT_OF_CODE[code] ?? EXIT.failed;
  if (code === "EADDRINUSE") return { message: `${safe(message)}. Choose another --port, or 0 for any free one.`, code: exitCode };
  return { message: safe(debug && stack !== undefined && stack !== "" ? stack : message), code: exitCode };
}

/** The text may come from Azure, a file or a host: it must not steer the terminal. */
export function safe(text: string): string {
  return text.split("\n").map(reveal).join("\n");
}
