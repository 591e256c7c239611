/** Which part of its work a process was killed in, by the step that it was killed at. */
const AREAS = ["locks", "drafts", "points", "files", "index", "sessions", "removed", "keys", "store.json"] as const;

/** `METHOD PATH` of a request, or the call and its paths. */
export function phaseOf(step: string): string {
  const [, when = "", what = ""] = /^(before|after) (.*)$/.exec(step) ?? [];
  const text = decodeURIComponent(what.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
  return `${when} ${/^(?:GET|HEAD|PUT|POST|DELETE) /.test(text) ? requested(text) : called(text)}`;
}

function requested(text: string): string {
  const method = text.split(" ", 1)[0] ?? "";
  if (text.includes("comp=blocklist")) return method === "PUT" ? "seal" : "list of units";
  if (text.includes("comp=block")) return "unit";
  if (text.includes("comp=list")) return "listing";
  if (text.includes("restype=container")) return "container";
  const area = text.includes("/data/") ? "segment" : areaOf(text);
  return `${method === "GET" || method === "HEAD" ? "read" : method === "DELETE" ? "delete" : "write"} ${area}`;
}

function called(text: string): string {
  const name = text.split(" ", 1)[0] ?? "";
  if (text.includes("reprise-partial")) return `${name} of a partial file`;
  if (/unlink|rmdir/.test(name)) return `remove ${text.includes("+data/") ? "unit or segment" : areaOf(text)}`;
  if (text.includes("+sealed")) return "seal";
  if (text.startsWith("rename ") && text.includes("+data/")) return "unit";
  if (name === "exec") return "lock of the directory";
  if (name.startsWith("rename")) return `write ${areaOf(text)}`;
  return `${name} (file system)`;
}

function areaOf(text: string): string {
  return AREAS.find((area) => text.includes(`/${area}`)) ?? "other";
}
