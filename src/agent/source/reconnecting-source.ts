/**
 * A source that outlives its share (R5, agent <-> source). In: a path. Out: a source whose reads wait while the share is away, as long as R1 has patience, and
 * then go on where they stood. It does not promise that nobody changed the source meanwhile; that is for `fingerprint` and `changed`, which go on to tell.
 */
import type { Clock } from "../../clock/clock.ts";
import * as calls from "../files/calls.ts";
import { codeOf } from "../files/error-codes.ts";
import { DEFAULT_PATIENCE, reconnect } from "../files/patience.ts";
import type { Patience } from "../files/patience.ts";
import { isOnShare } from "../files/file-system.ts";
import { sourceFailure } from "./failures.ts";
import { openSource } from "./open-source.ts";
import { ReconnectingDisk } from "./reconnecting-disk.ts";
import { ReconnectingFolder } from "./reconnecting-folder.ts";
import { SourceError } from "./source.ts";
import type { DiskSource, FolderSource, Source } from "./source.ts";

export interface ReconnectOptions {
  readonly clock: Clock;
  readonly patience?: Patience;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** The share is away; called once for each loss, before the waiting. */
  readonly onLost?: (error: SourceError) => void;
  /** It is back, and the source is the same. */
  readonly onBack?: () => void;
}

/**
 * Opens the source. Not to be reached now is an error: only what was reached once is waited for.
 * Its calls reject with SOURCE_UNREACHABLE when the patience is over, and with SOURCE_FAILED when another source stands at the path afterwards.
 * @throws SourceError as `openSource`
 */
export async function openReconnecting(path: string, options: ReconnectOptions): Promise<Source> {
  const source = await openSource(path);
  return source.kind === "disk"
    ? new ReconnectingDisk(new Connection<DiskSource>(source, await identify(path), options))
    : new ReconnectingFolder(new Connection<FolderSource>(source, await identify(path), options));
}

interface Identity {
  readonly inode: bigint;
  readonly sizeBytes: bigint;
  /** Of modification and of change. */
  readonly timesNs: string;
}

async function identify(path: string): Promise<Identity> {
  try {
    const info = await calls.stat(path);
    return { inode: info.ino, sizeBytes: info.isDirectory() ? 0n : info.size, timesNs: `${info.mtimeNs} ${info.ctimeNs}` };
  } catch (error) {
    throw sourceFailure(error, `look at ${path}`, await isOnShare(path));
  }
}

/** Some file systems give a file another inode at each mount; its size and times tell then. */
const isSame = (a: Identity, b: Identity): boolean => a.sizeBytes === b.sizeBytes && (a.inode === b.inode || a.timesNs === b.timesNs);

/** Gone counts as away: where a share was mounted stands an empty directory. */
const isAway = (error: unknown): boolean =>
  error instanceof SourceError && (error.code === "SOURCE_UNREACHABLE" || error.code === "SOURCE_NOT_FOUND");

/** What a share says when it is away, and its server of a single file that it cannot read. */
const AMBIGUOUS: ReadonlySet<string> = new Set(["EIO", "EREMOTEIO", "ESTALE"]);
/** So often in a row: then it is the file. */
const MOST_IN_VAIN = 3;

/** One opened source after the other; all calls that see a loss wait for the same new one. */
export class Connection<S extends Source> {
  readonly first: S;
  readonly #identity: Identity;
  readonly #options: ReconnectOptions;
  #current: S;
  #coming: Promise<boolean> | undefined;
  #closed = false;

  constructor(first: S, identity: Identity, options: ReconnectOptions) {
    this.first = first;
    this.#current = first;
    this.#identity = identity;
    this.#options = options;
  }

  get current(): S {
    return this.#current;
  }

  /**
   * Carries out `call`, again after each loss. `call` gets the source that is open then. With `inVain`: its error is thrown when the same call fails again and
   * again in a way that a lost share and a bad file have in common, while the source itself is there each time.
   */
  async through<T>(call: (source: S) => Promise<T>, inVain?: (error: SourceError) => Error): Promise<T> {
    for (let times = 0; ;) {
      const source = this.#current;
      try {
        return await call(source);
      } catch (error) {
        if (!(error instanceof SourceError) || error.code !== "SOURCE_UNREACHABLE" || this.#closed) throw error;
        const backAtOnce = await this.replace(source, error);
        times = backAtOnce && AMBIGUOUS.has(codeOf(error.cause)) ? times + 1 : 0;
        if (times === MOST_IN_VAIN && inVain !== undefined) throw inVain(error);
      }
    }
  }

  /** Ends when another source is open instead of `lost`. True when the first look found it there. */
  async replace(lost: S, error: SourceError): Promise<boolean> {
    if (this.#current !== lost) return false;
    this.#coming ??= this.#reopen(lost, error).finally(() => (this.#coming = undefined));
    return this.#coming;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#current.close();
  }

  async #reopen(lost: S, error: SourceError): Promise<boolean> {
    const { clock, signal, patience = DEFAULT_PATIENCE } = this.#options;
    this.#options.onLost?.(error);
    const options = { clock, patience, isLost: isAway, ...(signal && { signal }) };
    let looks = 0;
    const look = (): Promise<S> => {
      looks++;
      return this.#openSame();
    };
    this.#current = await reconnect(look, error, options).catch((failure: unknown) => {
      throw isAway(failure) ? gaveUp(lost.path, patience, failure) : failure;
    });
    await lost.close();
    this.#options.onBack?.();
    return looks === 1;
  }

  async #openSame(): Promise<S> {
    const { path, kind } = this.first;
    const source = await openSource(path);
    const now = await identify(path);
    if (source.kind === kind && isSame(now, this.#identity)) return source as S;
    await source.close();
    // The directory below a mount point shows until the share is mounted again.
    if (source.kind === "folder" && kind === "folder") throw new SourceError("SOURCE_UNREACHABLE", `Another folder stands at ${path} now.`);
    throw new SourceError("SOURCE_FAILED", `The share is back, but ${path} is not the source that was read before. Start again.`);
  }
}

function gaveUp(path: string, patience: Patience, cause: unknown): SourceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const minutes = Math.round(patience.patienceMs / 6_000) / 10;
  return new SourceError(
    "SOURCE_UNREACHABLE",
    `The connection to ${path} was lost, and did not come back within ${minutes} min. ${reason}`,
    { cause },
  );
}
