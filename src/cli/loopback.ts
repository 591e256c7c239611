/**
 * Keeps requests to this machine away from a proxy that the environment names: the durable client speaks to its task hub over HTTP on 127.0.0.1, through
 * a library that obeys `HTTP_PROXY` for that too.
 */
const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];
const NAMES = ["no_proxy", "NO_PROXY"];

/** Changes `environment`, the process's own: libraries read nothing else. */
export function exemptLoopbackFromProxy(environment: Record<string, string | undefined>): void {
  const existing = NAMES.map((name) => environment[name] ?? "").find((value) => value !== "") ?? "";
  if (existing.trim() === "*") return;
  const hosts = existing.split(/[\s,]+/).filter((host) => host !== "");
  const all = [...hosts, ...LOOPBACK.filter((host) => !hosts.includes(host))].join(",");
  for (const name of NAMES) environment[name] = all;
}
