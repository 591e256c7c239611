/** Which HTTP function answers a path: the templates of Azure Functions, with `{id}`, `{name?}`, `{*rest}` and constraints that are not looked at. */
import type { Registration } from "./functions-core.ts";

interface Segment {
  readonly kind: "literal" | "parameter" | "rest";
  readonly text: string;
  readonly isOptional: boolean;
}

interface Route {
  readonly registration: Registration;
  readonly methods: ReadonlySet<string>;
  readonly segments: readonly Segment[];
}

export type RouteMatch =
  | { readonly kind: "found"; readonly registration: Registration; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: "wrong-method"; readonly allowed: readonly string[] }
  | { readonly kind: "none" };

export type Router = (method: string, path: string) => RouteMatch;

/** `path` is what follows `/api/`, still encoded. The most literal template wins. Throws `URIError` for a broken escape. */
export function createRouter(registrations: readonly Registration[]): Router {
  const routes = registrations.flatMap(toRoute).sort(byPrecision);
  return (method, path) => {
    const parts = path
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent);
    const allowed = new Set<string>();
    for (const route of routes) {
      const params = matchSegments(route.segments, parts);
      if (params === undefined) continue;
      if (route.methods.has(method)) return { kind: "found", registration: route.registration, params };
      for (const each of route.methods) allowed.add(each);
    }
    return allowed.size > 0 ? { kind: "wrong-method", allowed: [...allowed].sort() } : { kind: "none" };
  };
}

function toRoute(registration: Registration): Route[] {
  const binding = Object.values(registration.metadata.bindings).find(({ type }) => type === "httpTrigger");
  if (binding === undefined) return [];
  const template = typeof binding["route"] === "string" ? binding["route"] : registration.metadata.name;
  const methods = Array.isArray(binding["methods"]) ? binding["methods"].map((method) => String(method).toUpperCase()) : [];
  return [
    {
      registration,
      methods: new Set(methods.length > 0 ? methods : ["GET", "POST"]),
      segments: template.split("/").filter(Boolean).map(toSegment),
    },
  ];
}

function toSegment(text: string): Segment {
  const inner = /^\{(?<rest>\*?)(?<name>[^:?}=]+)(?<constraint>:[^?}]*)?(?<optional>\??)(?:=[^}]*)?\}$/u.exec(text)?.groups;
  if (inner === undefined) return { kind: "literal", text: text.toLowerCase(), isOptional: false };
  const isRest = inner["rest"] === "*";
  return { kind: isRest ? "rest" : "parameter", text: inner["name"] ?? "", isOptional: isRest || inner["optional"] === "?" };
}

function byPrecision(a: Route, b: Route): number {
  const length = Math.max(a.segments.length, b.segments.length);
  for (let index = 0; index < length; index++) {
    const difference = rank(a.segments[index]) - rank(b.segments[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(segment: Segment | undefined): number {
  if (segment === undefined) return 0;
  return { literal: 1, parameter: segment.isOptional ? 3 : 2, rest: 4 }[segment.kind];
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === "rest") {
      if (part !== undefined) params[segment.text] = parts.slice(index).join("/");
      return params;
    }
    if (part === undefined) {
      if (!segment.isOptional) return undefined;
    } else if (segment.kind === "parameter") {
      params[segment.text] = part;
    } else if (segment.text !== part.toLowerCase()) {
      return undefined;
    }
  }
  return parts.length > segments.length ? undefined : params;
}
