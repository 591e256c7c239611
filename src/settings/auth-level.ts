import type { Environment } from "./settings.ts";

/** `REPRISE_HTTP_AUTH`; a wrong value closes the routes here and is named by `parseSettings`. */
export function parseAuthLevel(env: Environment): "anonymous" | "function" {
  return env.REPRISE_HTTP_AUTH?.trim().toLowerCase() === "anonymous" ? "anonymous" : "function";
}
