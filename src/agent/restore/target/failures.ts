import { codeOf, isDisconnected, isFull, isGone, reasonOf } from "../../files/error-codes.ts";
import { TargetError } from "./target.ts";

/** Carries out `run`; what the system refuses comes out as a TargetError. `what` completes "Could not …". */
export async function translating<T>(what: string, onShare: boolean, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw targetFailure(error, what, onShare);
  }
}

function targetFailure(error: unknown, what: string, onShare: boolean): unknown {
  const code = codeOf(error);
  if (error instanceof TargetError || !/^E[A-Z0-9]+$/.test(code)) return error;
  const kind = kindOf(code, onShare);
  const advice = kind === "TARGET_FULL" ? " Free some space and start again: what was written is kept, only the rest is fetched." : "";
  return new TargetError(kind, `Could not ${what}: ${reasonOf(error)}.${advice}`, { cause: error });
}

function kindOf(code: string, onShare: boolean): TargetError["code"] {
  if (isFull(code)) return "TARGET_FULL";
  if (isDisconnected(code, onShare)) return "TARGET_UNREACHABLE";
  if (isGone(code)) return "TARGET_NOT_FOUND";
  if (code === "EBUSY" || code === "ETXTBSY") return "TARGET_BUSY";
  return code === "EACCES" || code === "EPERM" || code === "EROFS" ? "TARGET_DENIED" : "TARGET_FAILED";
}
