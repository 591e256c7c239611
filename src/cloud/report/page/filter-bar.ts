/** The fields by which rows are picked. In: the report's choices. Out: markup that the script shows: without it the fields could do nothing. */
import type { RunReport } from "../../../policy/report.ts";
import { html, type Markup, type Part } from "../markup.ts";
import { visibleName } from "../visible.ts";
import { count, DECISION_LABELS, DECISIONS } from "../words.ts";
import type { Choice, Facets } from "./facets.ts";

/** A longer list nobody reads; the search finds the rest. */
const MOST_CHOICES = 300;

export function filterBar(report: RunReport, facets: Facets): Markup {
  const decisions = DECISIONS.map((decision, value) => ({
    label: DECISION_LABELS[decision],
    items: report.items.filter((item) => item.decision === decision).length,
    value,
  })).filter(({ items }) => items > 0);
  const { changes } = report;
  const changed = changes && [
    { label: "newly failing", items: changes.newlyFailing, value: 1 },
    { label: "failing as before", items: changes.stillFailing, value: 2 },
  ];
  return html`<div id="filter" role="search" hidden>
    <p>
      <label for="words">Show only rows with</label> <input id="words" type="search" autocomplete="off" spellcheck="false" />
      <output id="shown" for="words"></output>
    </p>
    <p>
      ${picker("by-decision", "Outcome", decisions)} ${picker("by-vault", "Vault", placed(facets.vaults))}
      ${picker("by-cause", "Error code", placed(facets.causes))} ${changed && picker("by-change", "Since the run before", changed)}
      <button id="clear" type="button" hidden>Show all</button>
    </p>
  </div>`;
}

interface Value extends Choice {
  readonly value: number;
}

function placed(choices: readonly Choice[]): readonly Value[] {
  return choices.slice(0, MOST_CHOICES).map((choice, value) => ({ ...choice, value }));
}

function picker(id: string, title: string, choices: readonly Value[]): Part {
  if (choices.length < 2) return undefined;
  return html`<span class="pick"
    ><label for="${id}">${title}</label>
    <select id="${id}">
      <option value="">all</option>
      ${choices.map(
        ({ label, items, value }) =>
          html`<option value="${value}">${label === "" ? "no error code" : visibleName(label)} (${count(items)})</option>`,
      )}
    </select></span
  >`;
}
