/** What is wrong with a job file: each problem with its place, what was found there and what is allowed. A value that may be a secret is not repeated. */
import type { z } from "zod";
import { shownValue } from "../../settings/shown.ts";

export interface JobFileProblem {
  /** `machines[0].disks[1].path`; empty for all of the file. */
  readonly place: string;
  readonly found: string;
  readonly allowed: string;
}

type Path = readonly (string | number)[];

/** One per issue; of a union the issues of the branch that came closest. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], root: unknown): JobFileProblem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], root));
}

function problemsOfIssue(issue: z.core.$ZodIssue, above: Path, root: unknown): JobFileProblem[] {
  const path = [...above, ...issue.path.filter((part) => typeof part !== "symbol")];
  if (issue.code === "unrecognized_keys")
    // A field that is not known may be a password somebody wrote there.
    return issue.keys.map((key) => ({ place: placeText([...path, key]), found: "an unknown field", allowed: issue.message }));
  if (issue.code === "invalid_union") {
    // A branch that refused the very value is another kind of value.
    const branch = issue.errors.find((issues) => issues.some((each) => each.path.length > 0 || each.code !== "invalid_value"));
    if (branch !== undefined) return branch.flatMap((each) => problemsOfIssue(each, path, root));
  }
  return [{ place: placeText(path), found: shownValue(valueAt(root, path)), allowed: issue.message }];
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (value === null || typeof value !== "object" ? undefined : (value as Readonly<Record<string | number, unknown>>)[key]),
    root,
  );
}

export function placeText(path: Path): string {
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[A-Za-z_]\w{0,60}$/.test(part)) return `[${JSON.stringify(part.slice(0, 60))}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

export function problemText({ place, found, allowed }: JobFileProblem): string {
  return `${place === "" ? "the whole file" : place}: found ${found}; allowed: ${allowed}.`;
}
