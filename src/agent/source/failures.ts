import { codeOf, isDisconnected, isExhausted, isGone, reasonOf } from "../files/error-codes.ts";
import { FileUnreadError, SourceError } from "./source.ts";

/** A system error as what it means for the source; anything else passes unchanged. `what` completes "Could not …". */
export function sourceFailure(error: unknown, what: string, onShare: boolean): unknown {
  const code = codeOf(error);
  if (error instanceof SourceError || error instanceof FileUnreadError || !isSystemCode(code)) return error;
  const message = `Could not ${what}: ${reasonOf(error)}.`;
  return new SourceError(kindOf(code, onShare), message, { cause: error });
}

/**
 * A system error of one file of a folder: a FileUnreadError when nothing but the file is wrong. `checkFolder` rejects when the folder cannot be read either: who
 * may not look into it any more, or has lost its device, has not met a single bad file.
 */
export async function fileFailure(
  error: unknown,
  what: string,
  { onShare, checkFolder }: { readonly onShare: boolean; readonly checkFolder: () => Promise<void> },
): Promise<unknown> {
  const code = codeOf(error);
  if (!isSystemCode(code) || isDisconnected(code, onShare) || isExhausted(code)) return sourceFailure(error, what, onShare);
  try {
    await checkFolder();
  } catch (failure) {
    return failure;
  }
  const why = reasonOf(error);
  return new FileUnreadError(`Could not ${what}: ${why}.`, why, { cause: error });
}

const isSystemCode = (code: string): boolean => /^E[A-Z0-9]+$/.test(code);

function kindOf(code: string, onShare: boolean): SourceError["code"] {
  if (isDisconnected(code, onShare)) return "SOURCE_UNREACHABLE";
  if (isGone(code)) return "SOURCE_NOT_FOUND";
  return code === "EACCES" || code === "EPERM" ? "SOURCE_DENIED" : "SOURCE_FAILED";
}
