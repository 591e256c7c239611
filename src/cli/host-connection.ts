/**
 * A host's HTTP routes. In: its URL and key. Out: parsed answers. A lost connection is made again, attempts at most 15 s apart for 30 minutes, counted
 * anew after each answer; the key goes to that host only.
 */
import { readFile } from "node:fs/promises";
import { readEndpoint } from "../settings/addresses.ts";
import { EXIT, UsageError } from "./terminal.ts";

const GIVE_UP_MS = 30 * 60_000;
const LONGEST_PAUSE_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;

export interface HostConnection {
  /** @throws UsageError for what is not there or not allowed, Error for what the host could not do */
  send(method: "GET" | "POST", path: string): Promise<unknown>;
}

export interface HostOptions {
  readonly url: string;
  /** The key, or `@` and the file that holds it. */
  readonly key?: string;
  /** Told once for each lost connection. */
  readonly onLost: (text: string) => void;
}

export async function connectHost({ url: text, key: keyText, onLost }: HostOptions): Promise<HostConnection> {
  const url = readEndpoint(text);
  if (url === undefined || url.search !== "" || url.hash !== "")
    throw new UsageError(`--url: found ${JSON.stringify(withoutSecrets(text))}; allowed: an https URL, or http on this machine.`);
  const key = keyText?.startsWith("@") ? await readKey(keyText.slice(1)) : keyText;
  if (key !== undefined && !/^[\x21-\x7e]+$/.test(key))
    throw new UsageError(
      `--key: found ${key === "" ? "nothing" : "characters that no key has"}; allowed: a function key, or @FILE that holds one.`,
    );
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
          return await readAnswer(response, url.origin);
        } catch (error) {
          if (!isLost(error)) throw error;
          const problem = `${url.origin} cannot be reached (${reasonOf(error)}).`;
          // A host that never answered is a wrong URL; one that did comes back.
          if (!connected || Date.now() - sinceMs > GIVE_UP_MS) throw new Error(`${problem} Is the host running?`, { cause: error });
          if (attempt === 1) onLost(`${problem} Trying again for ${GIVE_UP_MS / 60_000} minutes.`);
          await new Promise((resolve) => setTimeout(resolve, Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (attempt - 1))));
        }
      }
    },
  };
}

/** Keys are sometimes pasted as part of the URL. */
function withoutSecrets(text: string): string {
  return text.replace(/:\/\/[^/?#]*@/, "://***@").replace(/[?#].*$/s, "?***");
}

async function readKey(file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new UsageError(`--key: the file ${file} cannot be read: ${(error as Error).message}`);
  }
}

class UnavailableError extends Error {}

const UNAVAILABLE: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

async function readAnswer(response: Response, origin: string): Promise<unknown> {
  const body = await response.text();
  if (UNAVAILABLE.has(response.status)) throw new UnavailableError(`HTTP ${response.status}`);
  const answer = parsed(body);
  if (response.ok && answer !== undefined) return answer;
  if (response.status === 401 || response.status === 403)
    throw new UsageError(`The host refuses the request (HTTP ${response.status}): give its function key with --key @FILE.`, EXIT.failed);
  const detail = answer?.detail;
  if (detail === undefined)
    throw new Error(`${origin} gave an answer that is not of a Reprise host (HTTP ${response.status}). Is --url right?`);
  if (response.status === 404) throw new UsageError(detail, EXIT.notFound);
  throw new Error(detail);
}

function parsed(body: string): { readonly detail?: string } | undefined {
  try {
    const value = JSON.parse(body) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Fetch wraps what happened to the socket in a TypeError. */
function isLost(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (error instanceof TypeError) return (error.message === "fetch failed" && !isRedirect(error)) || error.message === "terminated";
  return error instanceof DOMException && error.name === "TimeoutError";
}

/** A host that sends its callers elsewhere (to a sign-in page) will do so again. */
function isRedirect(error: TypeError): boolean {
  return error.cause instanceof Error && error.cause.message.includes("redirect");
}

function reasonOf(error: unknown): string {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
