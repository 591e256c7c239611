/** How much was looked at, and what could not be seen. In: the report. Out: a section. */
import type { CoverageReport, RunReport } from "../../../policy/report.ts";
import { html, type Markup, name, type Part } from "../markup.ts";
import { visibleName, visibleProse } from "../visible.ts";
import { count, plural } from "../words.ts";

type Subscription = CoverageReport["subscriptions"][number];
type Vault = CoverageReport["vaults"][number];

const MOST_ROWS = 250;

const SUBSCRIPTION_STATES: Readonly<Record<Subscription["state"], string>> = {
  seen: "seen",
  "no-backup-rows": "seen, without any backup in it",
  "not-visible": "not visible to the identity",
};

const VAULT_STATES: Readonly<Record<Vault["state"], string>> = {
  read: "read",
  "not-needed": "not needed: nothing to trigger there",
  forbidden: "refused",
  gone: "gone",
  unreachable: "unreachable",
};

export function coverageSection({ coverage }: RunReport): Markup {
  const verdict = coverage.complete
    ? "Everything that was to be looked at could be seen."
    : "Not everything could be seen; what is missing may hide more failed backups.";
  return html`<section aria-labelledby="coverage">
    <h2 id="coverage">Coverage</h2>
    <p class="${coverage.complete ? "calm" : "limit"}">${verdict}</p>
    ${
      coverage.notes.length > 0 &&
      html`<ul>
        ${coverage.notes.slice(0, MOST_ROWS).map((note) => html`<li><bdi>${visibleProse(note)}</bdi></li>`)}
      </ul>`
    }
    ${subscriptions(coverage.subscriptions)}${vaults(coverage.vaults)}${badRows(coverage)}
  </section>`;
}

function subscriptions(all: readonly Subscription[]): Part {
  if (all.length === 0) return undefined;
  const rows = blindFirst(all, ({ state }) => state !== "seen").map(
    (one) =>
      html`<tr>
        <th scope="row">${name(one.name ?? one.id)}${one.name !== undefined && html` <small>${name(one.id)}</small>`}</th>
        <td class="${one.state === "not-visible" ? "limit" : ""}">${SUBSCRIPTION_STATES[one.state]}</td>
        <td class="n">${count(one.failedJobs)}</td>
        <td class="n">${count(one.items)}</td>
      </tr>`,
  );
  return html`<h3>Subscriptions</h3>
    <div class="scroll" role="region" aria-label="Subscriptions" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Subscription</th>
            <th scope="col">State</th>
            <th scope="col" class="n">Failed jobs</th>
            <th scope="col" class="n">Items</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${leftOut(all.length, "subscription")}`;
}

function vaults(all: readonly Vault[]): Part {
  if (all.length === 0) return undefined;
  const blind = all.filter((vault) => isBlind(vault)).length;
  const rows = blindFirst(all, isBlind).map(
    (vault) =>
      html`<tr>
        <th scope="row"><span title="${visibleName(vault.id)}">${name(vault.name)}</span></th>
        <td class="${isBlind(vault) ? "limit" : ""}">
          ${VAULT_STATES[vault.state]}${vault.problem !== undefined && html`: <bdi>${visibleProse(vault.problem)}</bdi>`}
        </td>
      </tr>`,
  );
  return html`<details class="fold" ${blind > 0 && html` open`}>
    <summary>
      <h3>Vaults <span class="n">${count(all.length)}</span></h3>
    </summary>
    <div class="scroll" role="region" aria-label="Vaults" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col">Vault</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${leftOut(all.length, "vault")}
  </details>`;
}

function isBlind({ state }: Vault): boolean {
  return state !== "read" && state !== "not-needed";
}

function badRows({ badRows, badRowCount }: CoverageReport): Part {
  if (badRowCount === 0) return undefined;
  const unnamed = badRowCount - badRows.length;
  return html`<h3>Rows that could not be read <span class="n">${count(badRowCount)}</span></h3>
    <ul class="plain">
      ${badRows.map(
        ({ id, problem }) =>
          html`<li>
            <code><bdi>${visibleName(id)}</bdi></code
            >: <bdi>${visibleProse(problem)}</bdi>
          </li>`,
      )}
    </ul>
    ${unnamed > 0 && html`<p class="more">${plural(unnamed, "more row")} not listed.</p>`}`;
}

/** What could not be seen stands first; otherwise the order stays. */
function blindFirst<T>(all: readonly T[], isBlind: (one: T) => boolean): readonly T[] {
  return [...all.filter((one) => isBlind(one)), ...all.filter((one) => !isBlind(one))].slice(0, MOST_ROWS);
}

function leftOut(total: number, what: string): Part {
  return total > MOST_ROWS && html`<p class="more">${plural(total - MOST_ROWS, `more ${what}`)} in <code>report.json</code>.</p>`;
}
