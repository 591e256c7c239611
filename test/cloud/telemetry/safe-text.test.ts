import { describe, expect, it } from "vitest";
import { safeText } from "../../../src/cloud/telemetry/safe-text.ts";

describe("texts that leave", () => {
  it.each([
    ["see https://hooks.example.com/services/T0/B0/hush for it", "see https://hooks.example.com/*** for it"],
    ["https://a.blob.core.windows.net/c/b?sv=2024&sig=hush%2F", "https://a.blob.core.windows.net/***"],
    ["https://user:hush@example.com", "https://example.com/***"],
    ["amqps://hush@bus.example.com/q", "amqps://bus.example.com/***"],
    ["Authorization: Bearer hush.hush", "Authorization: Bearer ***"],
    ["got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoIn0.c2lnbmF0dXJl back", "got *** back"],
    ["AccountName=a;AccountKey=hush==;EndpointSuffix=x", "AccountName=a;AccountKey=***;EndpointSuffix=x"],
    ["client_secret=hush&scope=x", "client_secret=***&scope=x"],
    ["password=hush, then", "password=***, then"],
  ])("C13: hides what may be secret in %j", (text, expected) => {
    expect(safeText(text)).toBe(expected);
    expect(safeText(text)).not.toContain("hush");
  });

  it("leaves ids, names and reasons as they are, and cuts what is long", () => {
    const id =
      "/subscriptions/1/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v/backupFabrics/Azure/protectionContainers/c;d";
    for (const text of [id, "UserErrorFsFreezeFailed: attempt 2 of 3 at 2026-11-20 13:05 UTC.", "vm-a (vault-weu)"])
      expect(safeText(text)).toBe(text);
    expect(safeText("x".repeat(5_000))).toHaveLength(1_001);
    // A secret that straddles the cut does not survive in part.
    expect(safeText(`${"x".repeat(990)} Bearer hushhushhush`)).not.toContain("hush");
  });
});
