/** Where it fails: the items of each vault by outcome. In: the report. Out: a section; nothing where one look at the table below says the same. */
import type { ItemReport, RunReport } from "../../../policy/report.ts";
import { html, type Markup, name } from "../markup.ts";
import { count, DECISION_LABELS, DECISIONS, plural } from "../words.ts";
import type { Facets } from "./facets.ts";
import { sign } from "./marks.ts";

const FROM_ITEMS = 100;
const MOST_ROWS = 25;

export function vaultsSection(report: RunReport, facets: Facets): Markup {
  if (report.items.length < FROM_ITEMS || facets.vaults.length < 2) return html``;
  const byVault = [...Map.groupBy(report.items, (item) => facets.vaultOf(item))];
  const open = (items: readonly ItemReport[]): number =>
    items.filter(({ decision }) => decision === "needs-person" || decision === "failing").length;
  byVault.sort((a, b) => open(b[1]) - open(a[1]) || b[1].length - a[1].length);
  const shown = DECISIONS.filter((decision) => report.items.some((item) => item.decision === decision));
  return html`<section aria-labelledby="vaults">
    <h2 id="vaults">By vault</h2>
    <div class="scroll" role="region" aria-label="Items by vault" tabindex="0">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Vault</th>
            <th scope="col" class="n">Items</th>
            ${shown.map((decision) => html`<th scope="col" class="n">${sign(decision)} ${DECISION_LABELS[decision]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${byVault.slice(0, MOST_ROWS).map(
            ([place, items]) =>
              html`<tr>
                <th scope="row"><a href="#items" data-vault="${place}">${name(items[0]?.vault ?? "")}</a></th>
                <td class="n">${count(items.length)}</td>
                ${shown.map((decision) => cell(items.filter((item) => item.decision === decision).length))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${byVault.length > MOST_ROWS && html`<p class="more">${plural(byVault.length - MOST_ROWS, "more vault")} in the table below.</p>`}
  </section>`;
}

function cell(items: number): Markup {
  return html`<td class="n">${items === 0 ? html`<span class="none">0</span>` : count(items)}</td>`;
}
