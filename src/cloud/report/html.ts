/**
 * `report.html`: a run's report for people, in one file that asks for nothing else. In: the report, whose texts are untrusted. Out: a page below 5 MB;
 * of very large runs it holds the rows that fit, in the report's order, and counts the others. Without its script everything but the search reads the
 * same. It is no contract for programs:
 * `report.json` is.
 */
import { createHash } from "node:crypto";
import type { RunReport } from "../../policy/report.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { facetsOf } from "./page/facets.ts";
import { SIGNS } from "./page/marks.ts";
import { SCRIPT } from "./page/script.ts";
import { actionsSection } from "./page/section-actions.ts";
import { expirySection, runSection, unknownCodesSection } from "./page/section-background.ts";
import { changesSection } from "./page/section-changes.ts";
import { coverageSection } from "./page/section-coverage.ts";
import { gapsSection } from "./page/section-gaps.ts";
import { itemsSection } from "./page/section-items.ts";
import { outcomeSection } from "./page/section-outcome.ts";
import { timelineSection } from "./page/section-timeline.ts";
import { vaultsSection } from "./page/section-vaults.ts";
import { STYLE } from "./page/style.ts";
import { verdictOf } from "./verdict.ts";
import { visibleName } from "./visible.ts";
import { formatTime } from "./words.ts";

/** What the rows of items and everything else may take together. Browsers and mail gateways cope with that. */
const PAGE_BYTES = 4_500_000;
const LEAST_ROW_BYTES = 500_000;

/** Only what stands in the page itself may run or style it; nothing may be loaded, sent or framed. */
const POLICY = `default-src 'none'; style-src '${hashOf(STYLE)}'; script-src '${hashOf(SCRIPT)}'; base-uri 'none'; form-action 'none'`;

export function renderReportHtml(report: RunReport): string {
  const facets = facetsOf(report);
  const before = html`${outcomeSection(report)} ${actionsSection(report, facets)} ${changesSection(report)} ${gapsSection(report)}
  ${vaultsSection(report, facets)}`;
  const after = html`${timelineSection(report)} ${unknownCodesSection(report)} ${coverageSection(report)} ${expirySection(report)}
  ${runSection(report)}`;
  const used = Buffer.byteLength(before.source) + Buffer.byteLength(after.source) + Buffer.byteLength(STYLE) + Buffer.byteLength(SCRIPT);
  const items = itemsSection(report, facets, Math.max(LEAST_ROW_BYTES, PAGE_BYTES - used));
  return page(report, html`${before} ${items} ${after}`).source;
}

function page(report: RunReport, content: Markup): Markup {
  const { tone, short } = verdictOf(report);
  const title = `Backup retry, ${formatTime(report.startedAt)}`;
  return html`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${short} – ${title}</title>
        ${trusted(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${SIGNS}
        <header>
          <p>Reprise</p>
          <h1>${title}</h1>
          <p>
            <span class="state ${tone}">${short}</span>${report.dryRun && html`<span class="state c-planned">Dry run</span>`} Run
            <code><bdi>${visibleName(report.runId)}</bdi></code>
          </p>
          ${report.dryRun && html`<p class="dry"><b>Dry run: nothing was sent.</b> No backup was triggered and nothing was changed; this is what a run at that time would have done.</p>`}
        </header>
        <main>${content}</main>
        <footer>
          <p>
            Times are UTC. Names and error texts stand as Azure gave them; characters that cannot be seen are shown by a sign. The same as
            data: <code>report.json</code>.
          </p>
        </footer>
        ${trusted(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `;
}

function hashOf(source: string): string {
  return `sha256-${createHash("sha256").update(source).digest("base64")}`;
}
