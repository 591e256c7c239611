/**
 * The seam to the Functions library: it asks `require("@azure/functions-core")` for the worker's core object, and gets this one. Registrations are kept
 * per entry point for the life of the process, because a module is imported only once and hosts may follow one another.
 */
import Module, { createRequire, registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";

export interface BindingInfo {
  readonly type: string;
  readonly direction?: string;
  readonly [property: string]: unknown;
}

export interface FunctionMetadata {
  readonly name: string;
  readonly bindings: Readonly<Record<string, BindingInfo>>;
}

export type Handler = (...args: unknown[]) => unknown;

export interface Registration {
  readonly metadata: FunctionMetadata;
  readonly handler: Handler;
}

/** A value on its way between host and worker; exactly one field is set. */
export interface TypedData {
  readonly string?: string | null;
  readonly json?: string | null;
  readonly int?: number;
  readonly double?: number;
  readonly bytes?: Uint8Array | null;
  readonly http?: HttpData;
}

export interface HttpData {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly statusCode?: string;
  readonly cookies?: readonly HttpCookie[];
  readonly body?: TypedData | null;
}

export interface HttpCookie {
  readonly name?: string | null;
  readonly value?: string | null;
  readonly domain?: { readonly value?: string } | null;
  readonly path?: { readonly value?: string } | null;
  readonly expires?: { readonly value?: { readonly seconds?: number } } | null;
  readonly secure?: { readonly value?: boolean } | null;
  readonly httpOnly?: { readonly value?: boolean } | null;
  readonly sameSite?: string | null;
  readonly maxAge?: { readonly value?: number } | null;
}

export interface CoreInvocation {
  readonly invocationId: string;
  readonly metadata: FunctionMetadata;
  readonly request: {
    readonly inputData: readonly { readonly name: string; readonly data: TypedData }[];
    readonly triggerMetadata: Readonly<Record<string, TypedData>>;
  };
  readonly log: (level: string, category: string, message: string) => void;
  state?: string;
}

interface InvocationModel {
  getArguments(): Promise<{ readonly context: unknown; readonly inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], handler: Handler): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ readonly returnValue?: TypedData | null }>;
}

interface ProgrammingModel {
  getInvocationModel(invocation: CoreInvocation): InvocationModel;
}

type Hook = (context: Readonly<Record<string, unknown>>) => unknown;

class Disposable {
  readonly #dispose: () => void;
  constructor(dispose: () => void) {
    this.#dispose = dispose;
  }
  dispose(): void {
    this.#dispose();
  }
}

/** One per process, whatever number of copies of this module there are (test runners make some). */
class FunctionsCore {
  readonly #byEntryPoint = new Map<string, Registration[]>();
  #importing: Registration[] | undefined;
  #model: ProgrammingModel | undefined;
  readonly #terminateHooks = new Set<Hook>();

  /** What the library sees. */
  readonly api = {
    version: "4.0.0",
    hostVersion: "4.1037.0",
    Disposable,
    setProgrammingModel: (model: ProgrammingModel): void => {
      this.#model = model;
    },
    getProgrammingModel: (): ProgrammingModel | undefined => this.#model,
    registerFunction: (metadata: FunctionMetadata, handler: Handler): Disposable => {
      if (this.#importing === undefined) throw new Error(`Function '${metadata.name}' was registered after the app had started.`);
      this.#importing.push({ metadata, handler });
      return new Disposable(() => undefined);
    },
    registerHook: (name: string, run: Hook): Disposable => {
      if (name !== "appTerminate") throw new Error(`The local host runs no '${name}' hooks.`);
      this.#terminateHooks.add(run);
      return new Disposable(() => this.#terminateHooks.delete(run));
    },
    log: (): void => undefined,
  };

  /** A hook for loading, too, would make Node 22.15 fail on other modules: the object is put where `require` keeps what it has loaded. */
  constructor() {
    const path = fileURLToPath(CORE_URL);
    const loaded = new Module(path);
    loaded.exports = this.api;
    loaded.loaded = true;
    createRequire(import.meta.url).cache[path] = loaded;
    registerHooks({
      resolve: (specifier, context, next) =>
        specifier === "@azure/functions-core" ? { url: CORE_URL, format: "commonjs", shortCircuit: true } : next(specifier, context),
    });
  }

  get model(): ProgrammingModel {
    if (this.#model === undefined) throw new Error("The Functions library was not loaded yet.");
    return this.#model;
  }

  /** What functions want done when their host goes. A hook that fails keeps no other from running. */
  async terminate(): Promise<void> {
    await Promise.allSettled([...this.#terminateHooks].map(async (run) => run({ hookData: {}, appHookData: {} })));
  }

  /** Imports the modules that were not imported before. What a shared module registers belongs to the entry point that imported it first. */
  async load(entryPoints: readonly URL[]): Promise<readonly Registration[]> {
    const all: Registration[] = [];
    for (const { href } of entryPoints) {
      let registrations = this.#byEntryPoint.get(href);
      if (registrations === undefined) {
        registrations = [];
        this.#importing = registrations;
        try {
          await import(/* @vite-ignore */ href);
        } finally {
          this.#importing = undefined;
        }
        this.#byEntryPoint.set(href, registrations);
      }
      all.push(...registrations);
    }
    if (all.length === 0) throw new Error("The entry points register no functions. Were they imported before the host was made?");
    return withoutDuplicates(all);
  }
}

const CORE_KEY = "reprise.local.functions-core";
/** There is no such file. */
const CORE_URL = new URL("functions-core.cjs", import.meta.url).href;

export function functionsCore(): FunctionsCore {
  const holder = globalThis as { [key: symbol]: unknown };
  const key = Symbol.for(CORE_KEY);
  holder[key] ??= new FunctionsCore();
  return holder[key] as FunctionsCore;
}

function withoutDuplicates(registrations: readonly Registration[]): readonly Registration[] {
  const seen = new Set<string>();
  for (const { metadata } of registrations) {
    if (seen.has(metadata.name)) throw new Error(`Function ${inspect(metadata.name)} is registered twice.`);
    seen.add(metadata.name);
  }
  return registrations;
}
