/**
 * For a Slack incoming webhook: blocks, and a text for notifications. Slack's control characters are escaped
 * (https://docs.slack.dev/messaging/formatting-message-text#escaping), which takes links, channels and mentions their meaning; stars and underscores in a
 * text can still make words of it bold.
 */
import type { Message, MessageGroup } from "./message.ts";

/** https://docs.slack.dev/reference/block-kit/blocks */
const MOST_BLOCKS = 50;
const MOST_TEXT = 3_000;
const MOST_HEADER = 150;

export const SLACK_MOST_BYTES = 100_000;

type Block = Readonly<Record<string, unknown>>;

export function slackBody(message: Message): string {
  const { title, sentence, problem, facts, groups, unseen, rest, link } = message;
  const blocks: Block[] = [
    { type: "header", text: { type: "plain_text", text: title.slice(0, MOST_HEADER), emoji: false } },
    section([escape(sentence)]),
    ...(problem === undefined ? [] : [section([escape(problem)])]),
    { type: "context", elements: [mrkdwn(facts.map(({ label, value }) => `${label}: ${escape(value)}`).join("  |  "))] },
    ...groups.map(groupSection),
    ...(unseen.length === 0 ? [] : [section(["*Not looked at*", ...unseen.map(escape)])]),
    ...(rest === undefined ? [] : [{ type: "context", elements: [mrkdwn(rest)] }]),
    ...(link === undefined
      ? []
      : [{ type: "actions", elements: [{ type: "button", text: { type: "plain_text", text: "Open the report" }, url: link }] }]),
  ];
  return JSON.stringify({
    text: escape(`${title}. ${sentence}`),
    unfurl_links: false,
    unfurl_media: false,
    blocks: blocks.slice(0, MOST_BLOCKS),
  });
}

function groupSection({ heading, advice, names, more }: MessageGroup): Block {
  return section([
    `*${escape(heading).replaceAll("*", "∗")}*`,
    ...(advice === undefined ? [] : [escape(advice)]),
    ...names.map((name) => `• ${code(name)}`),
    ...(more > 0 ? [`and ${more} more`] : []),
  ]);
}

/** As many of the lines as there is room for. */
function section(lines: readonly string[]): Block {
  let text = "";
  for (const line of lines) {
    const longer = text === "" ? line : `${text}\n${line}`;
    if (longer.length > MOST_TEXT) return { type: "section", text: mrkdwn(`${text}\n…`) };
    text = longer;
  }
  return { type: "section", text: mrkdwn(text) };
}

function mrkdwn(text: string): Block {
  return { type: "mrkdwn", text, verbatim: true };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Nothing is formatted inside; there is no way to write a backtick in it. */
function code(text: string): string {
  return `\`${escape(text.replaceAll("`", "'"))}\``;
}
