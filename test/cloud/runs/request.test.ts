import { describe, expect, it } from "vitest";
import { parseRunRequest } from "../../../src/cloud/runs/request.ts";

const GUID = "11111111-1111-1111-1111-111111111111";
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `name-${index}`);
const tags = (count: number): Record<string, string> => Object.fromEntries(many(count).map((name) => [name, "x"]));

describe("a request's limits", () => {
  it.each([
    ["nothing at all", {}],
    ["the smallest of everything", { runId: "a", managementGroup: "m", items: ["x"], tags: { a: "" }, maxAttempts: 1, expiryDays: 1 }],
    [
      "the largest of everything",
      {
        runId: "z".repeat(40),
        subscriptions: [GUID],
        resourceGroups: many(1_000),
        vaults: ["v".repeat(500)],
        items: ["*"],
        tags: { ...tags(14), ["t".repeat(512)]: "x".repeat(256) },
        workloads: ["AzureIaasVM", "MAB"],
        maxAttempts: 10,
        expiryDays: 3650,
        force: true,
        dryRun: true,
      },
    ],
    ["names that are not Latin", { items: ["Büro-服务器-🖥"] }],
  ])("U5: take %s, as it was sent", (_title, body) => {
    expect(parseRunRequest(body)).toEqual({ ok: true, request: body });
  });

  it.each([
    ["1m", 60_000],
    ["60s", 60_000],
    ["90M", 5_400_000],
    ["24h", 86_400_000],
    ["14d", 14 * 86_400_000],
  ])("U5: take %s for a window", (since, sinceMs) => {
    expect(parseRunRequest({ since })).toEqual({ ok: true, request: { sinceMs } });
  });
});
