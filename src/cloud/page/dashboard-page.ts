/**
 * The page of runs. In: the files of this folder, put together as they are: a shell, a style sheet, and scripts that share one scope; and the look and the
 * words of a report. Out: one document that loads nothing, and the policy that holds it to that. It holds no data and is the same for everybody.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { SIGNS } from "../report/page/marks.ts";
import { STYLE } from "../report/page/style.ts";
import { DECISION_LABELS, DECISIONS, SKIP_LABELS } from "../report/words.ts";

export interface DashboardPage {
  readonly html: string;
  /** For the header `content-security-policy`. */
  readonly policy: string;
}

/** In the order in which they build on one another. */
const SCRIPTS = ["elements", "words", "host", "run-list", "run-facts", "run-outcome", "run-view", "start-form", "page"];

let page: Promise<DashboardPage> | undefined;

/** Read once per process. */
export function dashboardPage(): Promise<DashboardPage> {
  page ??= assemble().catch((error: unknown) => {
    page = undefined;
    throw error;
  });
  return page;
}

async function assemble(): Promise<DashboardPage> {
  const [shell, formStyle, ownStyle, ...scripts] = await Promise.all([
    read("dashboard.html"),
    read("form.css"),
    read("dashboard.css"),
    ...SCRIPTS.map(async (name) => scriptOf(await read(`script/${name}.html`))),
  ]);
  const style = `${STYLE}\n${formStyle}\n${ownStyle}`;
  const words = JSON.stringify({ decisions: DECISIONS, labels: DECISION_LABELS, causes: SKIP_LABELS });
  const script = `"use strict";\nconst REPORT_WORDS = ${words};\n${scripts.join("\n")}`;
  const html = shell
    .replace("<!-- style -->", () => `<style>${style}</style>`)
    .replace("<!-- signs -->", () => SIGNS.source)
    .replace("<!-- script -->", () => `<script>${script}</script>`);
  return { html, policy: policyOf(style, script) };
}

/** Scripts stand in .html files so that nobody takes them for modules of this program, and editors and the formatter still know them. */
function scriptOf(file: string): string {
  const script = /^<script>\n(?<inner>[\s\S]*)<\/script>\n$/u.exec(file)?.groups?.["inner"];
  if (script === undefined) throw new Error("A file of the page's script folder is not one <script> element.");
  return script;
}

/** Only what stands in the page runs and styles it, only this host is asked, and no text becomes markup. */
function policyOf(style: string, script: string): string {
  return [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function hashOf(source: string): string {
  return `sha256-${createHash("sha256").update(source).digest("base64")}`;
}

function read(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), "utf8");
}
