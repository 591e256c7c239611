/**
 * A host's HTTP routes. In: its URL and key. Out: parsed answers. A lost connection is made again, attempts at most 15 s apart for 30 minutes, counted
 * anew after each answer; the key goes to that host only.
 */
import { readFile } from "node:fs/promises";
import { isLoopback } from "../settings/addresses.ts";
import { EXIT, UsageError } from "./terminal.ts";

const GIVE_UP_MS = 30 * 60_000;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface HostConnection {
  /** @throws UsageError for 4xx, Error for what the host could not do */
  send(method: "GET" | "POST", path: string): Promise<unknown>;
}

export async function connectHost({ url: text, key: keyText }: { readonly url: string; readonly key?: string }): Promise<HostConnection> {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) || url.username !== "" || url.search !== "") throw new UsageError(`--url: found ${JSON.stringify(text)}; allowed: an https URL, or http on this machine.`);
  const key = keyText?.startsWith("@") ? (await readKey(keyText.slice(1))).trim() : keyText;
  let connected = false;
  return {
    async send(method, path) {
      for (let attempt = 1, sinceMs = Date.now(); ; attempt++) {
        try {
          const response = await fetch(new URL(path, url), {
            method,
            redirect: "error",
            signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
            headers: { accept: "application/json", ...(key !== undefined && { "x-functions-key": key }) },
          });
          connected = true;
          return await readAnswer(response);
        } catch (error) {
          if (!isLost(error)) throw error;
          // A host that never answered is a wrong URL; one that did comes back.
          if (!connected || Date.now() - sinceMs > GIVE_UP_MS) throw new Error(`${url.origin} cannot be reached (${reasonOf(error)}). Is the host running?`, { cause: error });
          await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (attempt - 1))));
        }
      }
    },
  };
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`--key: the file ${file} cannot be read: ${(error as Error).message}`, EXIT.notFound);
  }
}

class UnavailableError extends Error {}

async function readAnswer(response: Response): Promise<unknown> {
  const body = await response.text();
  if (response.ok) return JSON.parse(body) as unknown;
  if (response.status === 429 || response.status === 502 || response.status === 503 || response.status === 504) throw new UnavailableError(`HTTP ${response.status}`);
  let detail = `HTTP ${response.status}`;
  try {
    detail = (JSON.parse(body) as { detail?: string }).detail ?? detail;
  } catch {
    // Not one of our answers; the status says enough.
  }
  if (response.status === 401 || response.status === 403) throw new UsageError(`The host refuses the request (HTTP ${response.status}): give its function key with --key @FILE.`, EXIT.failed);
  if (response.status === 404) throw new UsageError(detail, EXIT.notFound);
  throw new Error(detail);
}

/** Fetch wraps what happened to the socket in a TypeError. */
function isLost(error: unknown): boolean {
  return error instanceof UnavailableError || (error instanceof TypeError && error.message === "fetch failed") || (error instanceof DOMException && error.name === "TimeoutError") || (error instanceof TypeError && error.message === "terminated");
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
