/** The body of `POST /api/runs`, which the command line's flags are turned into as well. In: untrusted JSON. Out: a checked request, or every field that is wrong. */
import { z } from "zod";
import { RUN_ID_PATTERN, type RunRequest } from "../../policy/run.ts";
import { WORKLOADS } from "../../policy/workload.ts";
import { duration } from "../../settings/kinds.ts";
import { nearest } from "../../settings/nearest.ts";

export interface FieldProblem {
  readonly field: string;
  readonly found: string;
  readonly allowed: string;
}

export type ParsedRequest =
  | { readonly ok: true; readonly request: RunRequest }
  | { readonly ok: false; readonly problems: readonly FieldProblem[] };

const since = duration({ minMs: 60_000, maxMs: 14 * 86_400_000, words: "1m to 14d (Resource Graph keeps jobs for 14 days)" });
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MOST_NAMES = 1_000;

interface Field {
  readonly schema: z.ZodType;
  readonly allowed: string;
}

const names = (schema: z.ZodType<string>, allowed: string): Field => ({
  schema: z.array(schema).min(1).max(MOST_NAMES),
  allowed: `a list of 1 to ${MOST_NAMES} of: ${allowed}`,
});
const name = z.string().regex(/^[^\p{Cc}]{1,500}$/u);
const NAME = "a name, a pattern with * or an id (1 to 500 characters, no control characters)";

const fields: Readonly<Record<keyof RunRequest | "since", Field>> = {
  runId: { schema: z.string().regex(RUN_ID_PATTERN), allowed: "1 to 40 of a-z, 0-9 and -" },
  since: { schema: z.string().refine((text) => since.read(text) !== undefined), allowed: since.allowed },
  // Only the parsed request has it.
  sinceMs: { schema: z.never(), allowed: "" },
  subscriptions: names(z.string().regex(GUID), "subscription ids (GUIDs)"),
  managementGroup: {
    schema: z.string().regex(/^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$/),
    allowed: "a management group's id: 1 to 90 of letters, digits, - _ . and ( ), not ending in a dot",
  },
  resourceGroups: names(name, NAME),
  vaults: names(name, NAME),
  items: names(name, NAME),
  tags: {
    schema: z
      .record(z.string().regex(/^[^\p{Cc}]{1,512}$/u), z.string().regex(/^[^\p{Cc}]{0,256}$/u))
      .refine((tags) => Object.keys(tags).length >= 1 && Object.keys(tags).length <= 15),
    allowed: "an object of 1 to 15 tags: names of 1 to 512 characters, values of up to 256",
  },
  workloads: names(z.enum(WORKLOADS), WORKLOADS.join(", ")),
  maxAttempts: { schema: z.int().min(1).max(10), allowed: "a whole number from 1 to 10" },
  expiryDays: { schema: z.int().min(1).max(3650), allowed: "a whole number from 1 to 3650" },
  force: { schema: z.boolean(), allowed: "true or false" },
  retryGaps: { schema: z.boolean(), allowed: "true or false" },
  dryRun: { schema: z.boolean(), allowed: "true or false" },
};

const known = Object.keys(fields).filter((field) => field !== "sinceMs");

export function parseRunRequest(body: unknown): ParsedRequest {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return { ok: false, problems: [{ field: "(body)", found: shown(body), allowed: "a JSON object" }] };
  const problems: FieldProblem[] = [];
  const request: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    const field = known.includes(key) ? fields[key as keyof typeof fields] : undefined;
    if (field === undefined) {
      const near = nearest(key, known);
      problems.push({
        field: shownText(key),
        found: "an unknown field",
        allowed: near === undefined ? known.join(", ") : `${known.join(", ")} (did you mean ${near}?)`,
      });
    } else if (field.schema.safeParse(value).success) request[key] = value;
    else problems.push({ field: key, found: shown(value), allowed: field.allowed });
  }
  if (request.subscriptions !== undefined && request.managementGroup !== undefined)
    problems.push({ field: "managementGroup", found: shown(request.managementGroup), allowed: "nothing while subscriptions are given" });
  if (request.force === true && request.items === undefined && !("items" in body))
    problems.push({
      field: "force",
      found: "true",
      allowed: "only together with items: name what is to be retried although it needs a person",
    });
  if (problems.length > 0) return { ok: false, problems };
  const { since: sinceText, ...rest } = request;
  return { ok: true, request: { ...rest, ...(typeof sinceText === "string" && { sinceMs: since.read(sinceText) }) } as RunRequest };
}

/** What was found, for a person: short, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return shownText(JSON.stringify(value));
}

/** Short, on one line, without characters that could trick a terminal. */
function shownText(text: string): string {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return plain.length > 120 ? `${plain.slice(0, 117)}…` : plain;
}
