/** What a person must do now, by cause. In: the report. Out: a section; calm when nothing is left to do. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { actionGroups, type ActionGroup, byVault, type CoverageProblem, coverageProblems, headingOf } from "../actions.ts";
import { errorCode, html, type Markup, name, prose } from "../markup.ts";
import { visibleProse } from "../visible.ts";
import type { Facets } from "./facets.ts";
import { between, count, formatDuration, plural } from "../words.ts";

/** Named over all causes; the others are counted and stand in the table. */
const NAMED_ITEMS = 400;
const NAMED_CAUSES = 60;
const NAMED_PROBLEMS = 8;
/** Of fewer all names stand here. */
const LINKED_FROM = 60;
/** Of a cause with more items: a taste, so that the next cause stays in sight. */
const NAMED_OF_MANY = 24;

export function actionsSection(report: RunReport, facets: Facets): Markup {
  const groups = actionGroups(report);
  const problems = coverageProblems(report.coverage);
  const entries: Markup[] = [];
  if (report.status === "failed") entries.push(failedEntry(report));
  const room = { items: NAMED_ITEMS };
  for (const group of groups.slice(0, NAMED_CAUSES)) entries.push(groupEntry(group, report, facets, room));
  if (problems.length > 0) entries.push(coverageEntry(problems));
  return html`<section aria-labelledby="now">
    <h2 id="now">What a person must do now</h2>
    ${
      entries.length === 0
        ? nothing(report)
        : html`<ol class="actions">
            ${entries}
          </ol>`
    }
    ${groups.length > NAMED_CAUSES && html`<p class="more">${plural(groups.length - NAMED_CAUSES, "more cause")} in the table below.</p>`}
  </section>`;
}

function nothing(report: RunReport): Markup {
  const running = report.counts.running > 0 ? " Backups that still run will end by themselves; the next run looks at them again." : "";
  return html`<p class="calm">Nothing.${running}</p>`;
}

function failedEntry(report: RunReport): Markup {
  const problem = visibleProse(report.problem ?? "No cause was recorded; the log of the run may say more.");
  return html`<li class="entry t-bad">
    <h3>Find out why the run itself stopped</h3>
    <p class="lead"><bdi>${problem}</bdi></p>
    <p>Put that right, then start the run again.</p>
  </li>`;
}

function groupEntry(group: ActionGroup, report: RunReport, facets: Facets, room: { items: number }): Markup {
  const person = group.items.filter(({ decision }) => decision === "needs-person").length;
  const retry = report.dryRun ? "a retry would not help" : "retrying does not help";
  const state =
    person === group.items.length ? retry : person === 0 ? "still failing" : `still failing; for ${count(person)} of them ${retry}`;
  const code = group.errorCode === undefined ? html`no error code` : errorCode(group.errorCode);
  const text = group.advice === undefined ? group.items.find(({ errorText }) => errorText !== undefined)?.errorText : undefined;
  return html`<li class="entry ${group.kind === "act" ? "t-act" : "t-watch"}">
    <h3>${plural(group.items.length, "item")}: <bdi>${visibleProse(headingOf(group))}</bdi></h3>
    <p class="about">${code} · ${plural(group.items.length, "item")}, ${state}</p>
    <p class="advice">${prose(group.advice ?? "Find out why: no advice is known for this.")}</p>
    ${
      text !== undefined &&
      html`<p class="why">
        <q><bdi>${visibleProse(text)}</bdi></q>
      </p>`
    }
    ${places(group.items, report.endedAt, room)}
    ${group.items.length > LINKED_FROM && html`<p class="more"><a href="#items" data-cause="${facets.causeOf(group)}">Look at these ${count(group.items.length)} items</a></p>`}
  </li>`;
}

function places(items: readonly ItemReport[], endedAt: string, room: { items: number }): Markup {
  const named = items.slice(0, items.length > LINKED_FROM ? Math.min(room.items, NAMED_OF_MANY) : room.items);
  room.items -= named.length;
  const left = items.length - named.length;
  const rows = byVault(named).map(
    (place) =>
      html`<div>
        <dt>${name(place.vault)}</dt>
        <dd>${place.items.map((item) => html`<span class="it">${name(item.item)}${age(item, endedAt)}</span> `)}</dd>
      </div>`,
  );
  return html`${rows.length > 0 && html`<dl class="places">${rows}</dl>`}${left > 0 && html`<p class="more">${plural(left, "more item")} in the table below.</p>`}`;
}

function age(item: ItemReport, endedAt: string): Markup | undefined {
  const ms = between(item.lastRecoveryPoint, endedAt);
  return ms === undefined ? undefined : html` <small>last point ${formatDuration(ms)} old</small>`;
}

function coverageEntry(problems: readonly CoverageProblem[]): Markup {
  const named = problems.slice(0, NAMED_PROBLEMS);
  return html`<li class="entry t-act">
    <h3>Let the next run see what this one could not</h3>
    <p class="about">What is not seen is not retried.</p>
    <ul class="plain">
      ${named.map(({ subject, problem }) => html`<li><bdi>${visibleProse(subject)}</bdi>: <bdi>${visibleProse(problem)}</bdi></li>`)}
    </ul>
    ${problems.length > named.length && html`<p class="more">${plural(problems.length - named.length, "more problem")} under <a href="#coverage">coverage</a>.</p>`}
  </li>`;
}
