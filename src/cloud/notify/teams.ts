/**
 * For a Teams workflow ("When a Teams webhook request is received"): a message with one Adaptive Card as its attachment. Texts that may come from Azure stand
 * in text runs, which know no Markdown (https://adaptivecards.io/explorer/TextRun.html).
 */
import type { Message, MessageGroup } from "./message.ts";

/** https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using: 28 KB; a part is left for the envelope of the service. */
export const TEAMS_MOST_BYTES = 26_000;

type Element = Readonly<Record<string, unknown>>;

const COLOURS: Readonly<Record<Message["tone"], string>> = { good: "Good", attention: "Warning", bad: "Attention" };

export function teamsBody(message: Message): string {
  const { tone, title, sentence, problem, facts, groups, unseen, rest, link } = message;
  const body: Element[] = [
    text(title, { size: "Large", weight: "Bolder", color: COLOURS[tone] }),
    text(sentence),
    ...(problem === undefined ? [] : [text(problem, { color: "Attention" })]),
    { type: "FactSet", facts: facts.map(({ label, value }) => ({ title: label, value })) },
    ...groups.flatMap(groupElements),
    ...(unseen.length === 0 ? [] : [text("Not looked at", { weight: "Bolder" }), ...unseen.map((line) => text(line))]),
    ...(rest === undefined ? [] : [text(rest, { isSubtle: true })]),
  ];
  return JSON.stringify({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          // The newest that Teams shows everywhere.
          version: "1.4",
          msteams: { width: "Full" },
          body,
          ...(link !== undefined && { actions: [{ type: "Action.OpenUrl", title: "Open the report", url: link }] }),
        },
      },
    ],
  });
}

function groupElements({ heading, advice, names, more }: MessageGroup): Element[] {
  return [
    text(heading, { weight: "Bolder" }),
    ...(advice === undefined ? [] : [text(advice)]),
    ...names.map((name) => text(`• ${name}`)),
    ...(more > 0 ? [text(`and ${more} more`, { isSubtle: true })] : []),
  ];
}

/** Clients replace `{{DATE(…)}}` and `{{TIME(…)}}` in any text. */
function text(words: string, style: Element = {}): Element {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", text: words.replaceAll(/\{(?=\{)/g, "{ "), ...style }] };
}
