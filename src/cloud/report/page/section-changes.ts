/** What changed since the run before that looked at the same. In: the report. Out: a section; nothing when there is no run to compare with. */
import type { ChangeReport, ItemReport, RunReport } from "../../../policy/report.ts";
import { changesText } from "../changes.ts";
import { html, type Markup, name, type Part } from "../markup.ts";
import { visibleName } from "../visible.ts";
import { between, count, formatDuration, formatTime, plural } from "../words.ts";

const MOST_NAMES = 24;

export function changesSection(report: RunReport): Markup {
  const { changes, items } = report;
  if (changes === undefined) return html``;
  const longest = items.filter(({ openRuns = 0 }) => openRuns > 1).sort((a, b) => (b.openRuns ?? 0) - (a.openRuns ?? 0));
  const fresh = items.filter(({ openRuns }) => openRuns === 1);
  return html`<section aria-labelledby="changes">
    <h2 id="changes">Since the run before</h2>
    <p class="lead">${sentence(changes)}</p>
    <dl class="places">
      ${named("Newly failing", fresh, () => "")}
      ${named("Failing for longest", longest, (item) => `${plural(item.openRuns ?? 0, "run")}${since(item, report)}`)}
      ${named("Recovered", changes.recoveredItems, ({ runs }) => `after ${plural(runs, "run")}`)}
      ${named("No failed backup any more", changes.goneItems, ({ runs }) => `after ${plural(runs, "run")}`)}
    </dl>
    <p class="about">
      Compared with run <code><bdi>${visibleName(changes.previousRunId)}</bdi></code> of ${formatTime(changes.previousStartedAt)}.
    </p>
  </section>`;
}

function sentence(changes: ChangeReport): string {
  const text = changesText(changes);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function since({ openSince }: ItemReport, { endedAt }: RunReport): string {
  const ms = between(openSince, endedAt);
  return ms === undefined ? "" : `, ${formatDuration(ms)}`;
}

function named<T extends { readonly item: string; readonly vault: string }>(
  title: string,
  all: readonly T[],
  note: (one: T) => string,
): Part {
  if (all.length === 0) return undefined;
  const more = all.length - MOST_NAMES;
  return html`<div>
    <dt>${title} <span class="n">${count(all.length)}</span></dt>
    <dd>
      ${all.slice(0, MOST_NAMES).map((one) => html`<span class="it">${name(one.item)} <small>${noted(one.vault, note(one))}</small></span> `)}${more > 0 && html`<span class="it more">and ${count(more)} more</span>`}
    </dd>
  </div>`;
}

function noted(vault: string, note: string): Markup {
  return note === "" ? name(vault) : html`${name(vault)}, ${note}`;
}
