import { codeOf, isDisconnected, isGone, reasonOf } from "../files/error-codes.ts";
import { SourceError } from "./source.ts";

/** A system error as what it means for the source; anything else passes unchanged. `what` completes "Could not …". */
export function sourceFailure(error: unknown, what: string, onShare: boolean): unknown {
  const code = codeOf(error);
  if (error instanceof SourceError || !/^E[A-Z0-9]+$/.test(code)) return error;
  const message = `Could not ${what}: ${reasonOf(error)}.`;
  return new SourceError(kindOf(code, onShare), message, { cause: error });
}

function kindOf(code: string, onShare: boolean): SourceError["code"] {
  if (isDisconnected(code, onShare)) return "SOURCE_UNREACHABLE";
  if (isGone(code)) return "SOURCE_NOT_FOUND";
  return code === "EACCES" || code === "EPERM" ? "SOURCE_DENIED" : "SOURCE_FAILED";
}
