/** Whether the run store can be used. In: the store and what it is called. Out: checks. It makes one small record and deletes it again. */
import { StoreError, type Store } from "../../store/store.ts";
import { missing, passed, type Check } from "./checks.ts";

export interface StoreQuestion {
  readonly store: Store;
  /** URL or path, and what kind of place it is. */
  readonly place: string;
  readonly isBlob: boolean;
  /** Of the record that is tried: `[a-z0-9-]`. */
  readonly probe: string;
}

const BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs";

export async function examineStore({ store, place, isBlob, probe }: StoreQuestion): Promise<readonly Check[]> {
  const scope = { id: place, name: "Run store" };
  const key = `doctor/${probe}`;
  const steps: readonly (readonly [action: string, run: () => Promise<unknown>])[] = [
    ["write", () => store.put(key, new TextEncoder().encode("{}"))],
    ["read", () => store.get(key)],
    ["delete", () => store.delete(key)],
  ];
  const checks: Check[] = [];
  for (const [step, run] of steps) {
    const action = { action: isBlob ? `${BLOBS}/${step}` : step };
    try {
      await run();
      checks.push(passed(scope, action));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      checks.push(missing(scope, action, `${sentence(error.message)} ${adviceOn(error, isBlob)}`));
      // A place that refuses or does not answer is not asked three times.
      if (step === "write" && error.code !== "STORE_DENIED") break;
    }
  }
  return checks;
}

function adviceOn({ code }: StoreError, isBlob: boolean): string {
  if (code === "STORE_DENIED")
    return isBlob
      ? "Give the identity Storage Blob Data Contributor on the container or its account, or sign in; a new assignment takes up to 10 minutes to work."
      : "Give the user the right to write to the directory, or set REPRISE_STORE to another one.";
  if (code === "STORE_UNREACHABLE") return "Check REPRISE_STORE and the network; a storage account may admit chosen networks only.";
  return "Runs are kept there: without it none can begin. Check REPRISE_STORE.";
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
