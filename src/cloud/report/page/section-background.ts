/** What a reader looks up rather than reads: unknown codes, expiry asked and sent, calls, and what the run was asked for. In: the report. Out: sections. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { type ExpiryRow, expiryRows } from "../expiry.ts";
import { errorCode, html, type Markup, name, type Part } from "../markup.ts";
import { visibleName, visibleProse } from "../visible.ts";
import { count, formatDuration, formatTime, plural } from "../words.ts";

const MOST_ROWS = 100;

export function unknownCodesSection(report: RunReport): Markup {
  const unknown = Map.groupBy(
    report.items.filter(({ errorKnown }) => errorKnown === false),
    ({ errorCode }) => errorCode ?? "no code",
  );
  if (unknown.size === 0) return html``;
  const rows = [...unknown].sort((a, b) => b[1].length - a[1].length);
  return html`<section aria-labelledby="unknown">
    <h2 id="unknown">Codes that the catalogue does not know</h2>
    <p class="about">
      Each is worth one careful retry. Whoever looks one up can have it added to the catalogue, so that the next run knows it.
    </p>
    <div class="scroll" role="region" aria-label="Unknown codes" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Text</th>
            <th scope="col" class="n">Items</th>
          </tr>
        </thead>
        <tbody>
          ${rows.slice(0, MOST_ROWS).map(unknownRow)}
        </tbody>
      </table>
    </div>
    ${rows.length > MOST_ROWS && html`<p class="more">${plural(rows.length - MOST_ROWS, "more code")} in <code>report.json</code>.</p>`}
  </section>`;
}

function unknownRow([code, items]: readonly [string, readonly ItemReport[]]): Markup {
  const text = items.find(({ errorText }) => errorText !== undefined)?.errorText;
  return html`<tr>
    <th scope="row">${errorCode(code)}</th>
    <td>${text === undefined ? html`<span class="none">none</span>` : html`<bdi>${visibleProse(text)}</bdi>`}</td>
    <td class="n">${count(items.length)}</td>
  </tr>`;
}

export function expirySection(report: RunReport): Markup {
  const rows = expiryRows(report);
  if (rows.length === 0) return html``;
  return html`<section aria-labelledby="expiry">
    <h2 id="expiry">Expiry of the recovery points</h2>
    <div class="scroll" role="region" aria-label="Expiry" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Workload</th>
            <th scope="col">Asked</th>
            <th scope="col">Sent</th>
            <th scope="col" class="n">Backups</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(expiryRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function expiryRow({ workload, asked, sent, backups, differs }: ExpiryRow): Markup {
  return html`<tr>
    <th scope="row">${name(workload)}</th>
    <td>${visibleName(asked)}</td>
    <td class="${differs ? "differs" : ""}">${visibleName(sent)}</td>
    <td class="n">${count(backups)}</td>
  </tr>`;
}

export function runSection(report: RunReport): Markup {
  const { calls, request } = report;
  const total = calls.graph + calls.management;
  return html`<section aria-labelledby="run">
    <h2 id="run">The run</h2>
    <dl class="facts">
      ${fact("Run", html`<code><bdi>${visibleName(report.runId)}</bdi></code>`)} ${fact("Started by", visibleName(report.origin))}
      ${fact("From – to", `${formatTime(report.startedAt)} – ${formatTime(report.endedAt)}`)}
      ${fact("Window", `${formatTime(report.window.from)} – ${formatTime(report.window.to)}`)}
      ${fact("Calls", `${plural(total, "call")}: ${count(calls.graph)} to Resource Graph, ${count(calls.management)} to Resource Manager; ${count(calls.retried)} of them repeated`)}
      ${fact("Asked for", asked(request))}
    </dl>
  </section>`;
}

function fact(term: string, value: Part): Markup {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div> `;
}

function asked(request: RunReport["request"]): Part {
  const parts: string[] = [];
  if (request.sinceMs !== undefined) parts.push(`failures of the last ${formatDuration(request.sinceMs)}`);
  if (request.managementGroup !== undefined) parts.push(`management group ${request.managementGroup}`);
  for (const field of ["subscriptions", "resourceGroups", "vaults", "items", "workloads"] as const) {
    const values = request[field];
    if (values !== undefined && values.length > 0) parts.push(`${FIELD_WORDS[field]} ${listed(values)}`);
  }
  const tags = Object.entries(request.tags ?? {}).map(([key, value]) => `${key}=${value}`);
  if (tags.length > 0) parts.push(`tags ${listed(tags)}`);
  if (request.maxAttempts !== undefined) parts.push(`at most ${plural(request.maxAttempts, "attempt")} per item`);
  if (request.expiryDays !== undefined) parts.push(`expiry after ${plural(request.expiryDays, "day")}`);
  if (request.force === true) parts.push(`“needs a person” ignored`);
  if (request.retryGaps === true) parts.push("items without a recovery point in time as well");
  if (request.dryRun === true) parts.push("a dry run");
  return parts.length === 0 ? "nothing in particular: all as in the settings" : html`<bdi>${visibleProse(parts.join("; "))}</bdi>`;
}

const FIELD_WORDS = {
  subscriptions: "subscriptions",
  resourceGroups: "resource groups",
  vaults: "vaults",
  items: "items",
  workloads: "workloads",
};

function listed(values: readonly string[]): string {
  const most = 20;
  const more = values.length > most ? ` and ${count(values.length - most)} more` : "";
  return `${values.slice(0, most).join(", ")}${more}`;
}
