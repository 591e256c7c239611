import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { SettingError, parseSettings } from "../../src/settings/settings.ts";

const HOOK = "https://hooks.example.com/T0/B0/hush";

describe("the settings of notifications", () => {
  it("have defaults", () => {
    expect(parseSettings({})).toMatchObject({
      notifyUrl: undefined,
      notifyFormat: "json",
      notifyWhen: "failing",
      notifyLink: undefined,
      notifyHeartbeatUrl: undefined,
      notifySimulated: false,
    });
  });

  it("C13: a webhook's URL prints, logs and serializes as a mark", () => {
    const settings = parseSettings({ REPRISE_NOTIFY_URL: HOOK, REPRISE_NOTIFY_HEARTBEAT_URL: `${HOOK}2` });
    expect(settings.notifyUrl?.reveal()).toBe(HOOK);
    const shown = [inspect(settings, { depth: 9, showHidden: true }), JSON.stringify(settings), String(settings.notifyUrl)];
    for (const text of shown) {
      expect(text).toContain("(secret)");
      expect(text).not.toContain("hush");
    }
  });

  it.each(["http://hooks.example.com/hush", "https://me:hush@hooks.example.com", "hooks.example.com/hush", "ftp://127.0.0.1/hush"])(
    "U5: refuses %s without showing it",
    (url) => {
      for (const name of ["REPRISE_NOTIFY_URL", "REPRISE_NOTIFY_HEARTBEAT_URL"]) {
        let error: unknown;
        try {
          parseSettings({ [name]: url });
        } catch (thrown) {
          error = thrown;
        }
        expect(error).toBeInstanceOf(SettingError);
        expect(String(error)).toContain(
          `Setting ${name}: found a hidden value of ${url.length} characters; allowed: an https URL without user and password (plain http to this machine only).`,
        );
        expect(inspect(error)).not.toContain("hush");
      }
    },
  );

  it("takes a Key Vault reference that could not be resolved: runs must go on", () => {
    expect(() =>
      parseSettings({ REPRISE_NOTIFY_URL: "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/hook)" }),
    ).not.toThrow();
  });
});
