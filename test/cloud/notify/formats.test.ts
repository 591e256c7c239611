import { describe, expect, it } from "vitest";
import { DETAILS, messageOf } from "../../../src/cloud/notify/message.ts";
import { PLAIN_MOST_BYTES, plainBody } from "../../../src/cloud/notify/plain.ts";
import { slackBody } from "../../../src/cloud/notify/slack.ts";
import { TEAMS_MOST_BYTES, teamsBody } from "../../../src/cloud/notify/teams.ts";
import { createLedger } from "../../../src/cloud/ledger/ledger.ts";
import { notifyRun } from "../../../src/cloud/notify/notify.ts";
import { systemClock } from "../../../src/clock/clock.ts";
import type { RunReport } from "../../../src/policy/report.ts";
import { parseSettings } from "../../../src/settings/settings.ts";
import { createMemoryStore } from "../../../src/store/memory.ts";
import { coverageReport, HOSTILE_NAMES, itemReport, runReport } from "../../support/report-fixture.ts";

const LINK = "https://contoso-reprise.azurewebsites.net";
const OWN_TRICKS = [
  "<!channel> <@U1> <https://evil.example|ok>",
  "{{DATE(2026-11-20T13:00:00Z,SHORT)}} {{{TIME(x)}}}",
  "[a](https://evil.example) *b* _c_ `d`",
  "\u202Ecod",
  "&lt;&amp;",
];
// The first ones are shown for certain: a message tells of eight causes at most.
const TRICKS = [...OWN_TRICKS, ...HOSTILE_NAMES];

const item = itemReport({
  item: "vm-sql-01",
  decision: "needs-person",
  errorCode: "UserErrorX",
  advice: "Do this & that.",
  reason: "It fails.",
});
const hostile = runReport(
  TRICKS.map((name) => itemReport({ item: name, vault: name, decision: "needs-person", errorCode: name, reason: name, advice: name })),
  { status: "failed", problem: TRICKS.join(" ") },
);
const huge = (name: string): RunReport =>
  runReport(
    Array.from({ length: 400 }, (_, index) =>
      itemReport({
        item: `${name}${index}`,
        vault: name,
        decision: "failing",
        errorCode: `E${index % 60}${name}`,
        reason: name,
        advice: name.repeat(4),
      }),
    ),
    {
      coverage: coverageReport({
        complete: false,
        subscriptions: Array.from({ length: 100 }, (_, index) => ({
          id: `${index}${name}`,
          state: "not-visible",
          failedJobs: 0,
          items: 0,
        })),
      }),
    },
  );

/** What is POSTed in that format. */
async function posted(report: RunReport, format: string): Promise<string> {
  let body = "";
  const settings = parseSettings({
    REPRISE_NOTIFY_URL: "https://hooks.example.com/x",
    REPRISE_NOTIFY_FORMAT: format,
    REPRISE_NOTIFY_LINK: LINK,
  });
  const send = (delivery: { readonly body?: string }): Promise<{ status: number }> => {
    body = delivery.body ?? "";
    return Promise.resolve({ status: 200 });
  };
  await notifyRun({ clock: systemClock, ledger: createLedger(createMemoryStore()), send }, settings, report);
  return body;
}

/** All strings in a value. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

const HIDDEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b\u00ad\ufeff]/u;

describe("formats of notifications", () => {
  it("C15: plain JSON is the summary with the verdict, actions and the first items that fail", () => {
    const body = JSON.parse(plainBody(runReport([item, itemReport()]), 8, undefined)) as Record<string, unknown>;
    expect(body).toMatchObject({
      message_type: "summary",
      items: 2,
      needsPerson: 1,
      coverageComplete: true,
      verdict: { tone: "attention", title: "Reprise: 1 needs a person", sentence: expect.stringContaining("1 of 2 items still fails") },
      actions: [{ heading: "A person must act: UserErrorX", advice: "Do this & that.", items: ["vm-sql-01 (vault-weu)"], more: 0 }],
      notLookedAt: [],
      topItems: [
        { item: "vm-sql-01", vault: "vault-weu", decision: "needs-person", errorCode: "UserErrorX", reason: "It fails.", attempts: 0 },
      ],
      moreItems: 0,
    });
    expect(body).not.toHaveProperty("decisions");
  });

  it("C15: Teams gets a message with one Adaptive Card", () => {
    const body = JSON.parse(teamsBody(messageOf(runReport([item]), 8, LINK))) as {
      type: string;
      attachments: [{ contentType: string; content: Record<string, unknown> }];
    };
    expect(body.type).toBe("message");
    expect(body.attachments).toHaveLength(1);
    expect(body.attachments[0]).toMatchObject({
      contentType: "application/vnd.microsoft.card.adaptive",
      content: {
        type: "AdaptiveCard",
        version: "1.4",
        actions: [{ type: "Action.OpenUrl", url: `${LINK}/api/runs/daily-20261120t1300/report` }],
      },
    });
    expect(texts(body)).toEqual(
      expect.arrayContaining(["Reprise: 1 needs a person", "A person must act: UserErrorX", "Do this & that.", "• vm-sql-01 (vault-weu)"]),
    );
  });

  it("C15: Teams texts are runs, which know no Markdown, and hold no function", () => {
    const card = (JSON.parse(teamsBody(messageOf(hostile, 8, LINK))) as { attachments: [{ content: { body: { type: string }[] } }] })
      .attachments[0].content;
    expect(new Set(card.body.map(({ type }) => type))).toEqual(new Set(["RichTextBlock", "FactSet"]));
    expect(texts(card).join("\n")).toContain("{ {DATE(");
    for (const text of texts(card)) expect(text).not.toContain("{{");
  });

  it("C15: Slack gets blocks whose texts are escaped", () => {
    const body = slackBody(messageOf(runReport([item]), 8, LINK));
    expect(JSON.parse(body)).toMatchObject({
      text: expect.stringContaining("Reprise: 1 needs a person."),
      blocks: [
        { type: "header", text: { type: "plain_text", text: "Reprise: 1 needs a person" } },
        { type: "section" },
        { type: "context" },
        {
          type: "section",
          text: { type: "mrkdwn", text: "*A person must act: UserErrorX*\nDo this &amp; that.\n• `vm-sql-01 (vault-weu)`" },
        },
        { type: "actions", elements: [{ url: `${LINK}/api/runs/daily-20261120t1300/report` }] },
      ],
    });
    const tricky = slackBody(
      messageOf(
        runReport(OWN_TRICKS.map((name) => itemReport({ item: name, decision: "failing", errorCode: name, reason: name }))),
        8,
        LINK,
      ),
    );
    expect(tricky).toContain("&lt;!channel&gt;");
    for (const text of texts(JSON.parse(tricky))) {
      expect(text).not.toMatch(/[<>]/);
      expect(text.replaceAll(/&(amp|lt|gt);/g, "")).not.toContain("&");
    }
  });

  it.each(["json", "teams", "slack"])("C15: nothing is hidden in %s texts", async (format) => {
    const found = texts(JSON.parse(await posted(hostile, format)));
    expect(found.length).toBeGreaterThan(20);
    for (const text of found) expect(text.replaceAll("\n", "")).not.toMatch(HIDDEN);
  });

  it.each([
    ["short names", "x"],
    ["wide letters", "長".repeat(300)],
    ["joined signs", "👩‍💻".repeat(200)],
    ["piled marks", `a${"\u0301".repeat(2_000)}`],
    ["escaped characters", "<&>".repeat(200)],
    ["JSON's own characters", '"\\'.repeat(300)],
  ])("C15: messages stay within the receivers' limits for %s", async (_kind, name) => {
    const report = huge(name);
    const teams = await posted(report, "teams");
    expect(Buffer.byteLength(teams)).toBeLessThanOrEqual(28 * 1_024);
    expect(Buffer.byteLength(await posted(report, "json"))).toBeLessThanOrEqual(PLAIN_MOST_BYTES);
    const slack = JSON.parse(await posted(report, "slack")) as { blocks: { type: string; text?: { text: string } }[] };
    expect(slack.blocks.length).toBeLessThanOrEqual(50);
    for (const { type, text } of slack.blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(type === "header" ? 150 : 3_000);
    for (const body of [teams, JSON.stringify(slack)]) expect(body).toMatch(/more: see the report\./);
  });

  it("C15: says less, step by step, until it fits", () => {
    const report = huge("長".repeat(50));
    const sizes = DETAILS.map((detail) => Buffer.byteLength(teamsBody(messageOf(report, detail, LINK))));
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    expect(sizes.at(-1)).toBeLessThan(TEAMS_MOST_BYTES);
  });
});
