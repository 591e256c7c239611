/** The signs of the page. Every meaning has a shape of its own, so that colour only helps. */
import type { Decision } from "../../../policy/run.ts";
import { html, type Markup } from "../markup.ts";
import { DECISION_LABELS } from "../words.ts";

/** Defined once per page, referred to by id. */
export const SIGNS: Markup = html`<svg class="signs" width="0" height="0" aria-hidden="true" focusable="false">
  <defs>
    <symbol id="s-needs-person" viewBox="0 0 12 12"><path d="M6 .6 11.6 11.2H.4Z" fill="currentColor" /></symbol>
    <symbol id="s-failing" viewBox="0 0 12 12">
      <path d="M2 2 10 10M10 2 2 10" stroke="currentColor" stroke-width="2.4" fill="none" />
    </symbol>
    <symbol id="s-running" viewBox="0 0 12 12">
      <circle cx="6" cy="6" r="4.6" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M6 1.4a4.6 4.6 0 0 1 0 9.2Z" fill="currentColor" />
    </symbol>
    <symbol id="s-cancelled" viewBox="0 0 12 12"><rect x="1.8" y="1.8" width="8.4" height="8.4" fill="currentColor" /></symbol>
    <symbol id="s-recovered" viewBox="0 0 12 12">
      <path d="M1.4 6.6 4.6 10 10.6 2.2" stroke="currentColor" stroke-width="2.2" fill="none" />
    </symbol>
    <symbol id="s-planned" viewBox="0 0 12 12">
      <path d="M6 1 11 6 6 11 1 6Z" stroke="currentColor" stroke-width="1.6" fill="none" />
    </symbol>
    <symbol id="s-skipped" viewBox="0 0 12 12"><path d="M1.4 6H10.6" stroke="currentColor" stroke-width="2.2" fill="none" /></symbol>
  </defs>
</svg>`;

/** A decision's sign; the word beside it carries the meaning for those who do not see it. */
export function sign(decision: Decision): Markup {
  return html`<svg class="sign c-${decision}" aria-hidden="true" focusable="false"><use href="#s-${decision}" /></svg>`;
}

export function signed(decision: Decision): Markup {
  return html`${sign(decision)} ${DECISION_LABELS[decision]}`;
}
