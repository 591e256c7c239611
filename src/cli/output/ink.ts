/** Colours of a terminal by meaning. Without colour every text comes back as it is; nothing is said by colour alone. */
import type { Decision } from "../../policy/run.ts";

export interface Ink {
  readonly bold: (text: string) => string;
  readonly soft: (text: string) => string;
  readonly alarm: (text: string) => string;
  readonly decision: (decision: Decision, text: string) => string;
}

const BOLD = 1;
const DIM = 2;
const RED = 31;

const DECISION_COLOURS: Readonly<Record<Decision, number>> = {
  "needs-person": RED,
  failing: 33,
  running: 34,
  cancelled: 90,
  recovered: 32,
  planned: 35,
  skipped: 90,
};

export function inkOf(color: boolean): Ink {
  const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: (text) => paint(BOLD, text),
    soft: (text) => paint(DIM, text),
    alarm: (text) => paint(RED, text),
    decision: (decision, text) => paint(DECISION_COLOURS[decision], text),
  };
}
