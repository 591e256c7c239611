import { describe, expect, it } from "vitest";
import { SettingError, parseSettings } from "../../src/settings/settings.ts";
import type { Environment } from "../../src/settings/settings.ts";

const refusal = (env: Environment): SettingError => {
  try {
    parseSettings(env);
  } catch (error) {
    if (error instanceof SettingError) return error;
    throw error;
  }
  throw new Error("the settings were taken");
};

describe("settings", () => {
  it("has defaults", () => {
    expect(parseSettings({ PATH: "/bin", HOME: undefined })).toMatchObject({
      armEndpoint: "https://management.azure.com",
      armIsLoopbackHttp: false,
      sinceMs: 86_400_000,
      subscriptions: [],
      managementGroup: undefined,
      workloads: ["AzureIaasVM"],
      excludeVaults: [],
      excludeItems: [],
      maxAttempts: 3,
      expiryDays: 10,
      dayCap: 4,
      pollSeconds: 300,
      backoffFirstSeconds: undefined,
      backoffMaxSeconds: 14_400,
      runDeadlineHours: 22,
      jobDeadlineHours: 24,
      requestTimeoutSeconds: 60,
      schedule: "0 0 13 * * *",
      scheduleEnabled: true,
      httpAuth: "function",
      runStore: { kind: "directory", path: ".reprise" },
    });
  });

  it("reads settings, and takes an empty one for absent", () => {
    const settings = parseSettings({
      REPRISE_ARM_ENDPOINT: "http://127.0.0.1:8080/",
      REPRISE_SINCE: " 90m ",
      REPRISE_SUBSCRIPTIONS:
        "11111111-1111-1111-1111-11111111111A, 22222222-2222-2222-2222-222222222222,11111111-1111-1111-1111-11111111111a",
      REPRISE_MANAGEMENT_GROUP: "",
      REPRISE_WORKLOADS: "azureiaasvm,AzureFileShare",
      REPRISE_EXCLUDE_VAULTS: "vault-test-*",
      REPRISE_EXCLUDE_ITEMS: "vm-1,vm-2",
      REPRISE_MAX_ATTEMPTS: "1",
      REPRISE_EXPIRY_DAYS: "3650",
      REPRISE_DAY_CAP: "9",
      REPRISE_POLL_SECONDS: "1",
      REPRISE_BACKOFF_FIRST_SECONDS: "0",
      REPRISE_BACKOFF_MAX_SECONDS: "60",
      REPRISE_RUN_DEADLINE_HOURS: "47",
      REPRISE_JOB_DEADLINE_HOURS: "2",
      REPRISE_REQUEST_TIMEOUT_SECONDS: "5",
      REPRISE_SCHEDULE: "0 30  6 * * MON-FRI",
      REPRISE_SCHEDULE_ENABLED: "Off",
      REPRISE_HTTP_AUTH: "Anonymous",
      REPRISE_STORE: "  ",
    });
    expect(settings).toMatchObject({
      armEndpoint: "http://127.0.0.1:8080",
      armIsLoopbackHttp: true,
      sinceMs: 5_400_000,
      subscriptions: ["11111111-1111-1111-1111-11111111111a", "22222222-2222-2222-2222-222222222222"],
      managementGroup: undefined,
      workloads: ["AzureIaasVM", "AzureFileShare"],
      excludeVaults: ["vault-test-*"],
      excludeItems: ["vm-1", "vm-2"],
      maxAttempts: 1,
      expiryDays: 3650,
      dayCap: 9,
      pollSeconds: 1,
      backoffFirstSeconds: 0,
      backoffMaxSeconds: 60,
      runDeadlineHours: 47,
      jobDeadlineHours: 2,
      requestTimeoutSeconds: 5,
      schedule: "0 30 6 * * MON-FRI",
      scheduleEnabled: false,
      httpAuth: "anonymous",
      runStore: { kind: "directory", path: ".reprise" },
    });
    expect(parseSettings({ REPRISE_MANAGEMENT_GROUP: "prod (eu)".replace(" ", "_") }).managementGroup).toBe("prod_(eu)");
  });

  it.each([
    ["REPRISE_MAX_ATTEMPTS", ["0", "11", "-1", "2.5", "3x", "NaN", "Infinity", "1e1", "0x3", "three", "1,2", "99999999999999999999"]],
    ["REPRISE_EXPIRY_DAYS", ["0", "3651", "10d"]],
    ["REPRISE_DAY_CAP", ["0", "10"]],
    ["REPRISE_POLL_SECONDS", ["0", "3601", "5m"]],
    ["REPRISE_BACKOFF_FIRST_SECONDS", ["-1", "86401"]],
    ["REPRISE_BACKOFF_MAX_SECONDS", ["-1", "86401"]],
    ["REPRISE_RUN_DEADLINE_HOURS", ["0", "48"]],
    ["REPRISE_JOB_DEADLINE_HOURS", ["0", "48"]],
    ["REPRISE_REQUEST_TIMEOUT_SECONDS", ["0", "601"]],
    ["REPRISE_SINCE", ["24", "h", "59s", "0h", "15d", "337h", "-1h", "1.5h", "1w", "24 h", "P1D"]],
    ["REPRISE_HTTP_AUTH", ["none", "admin", "function,anonymous"]],
    ["REPRISE_SCHEDULE_ENABLED", ["maybe", "2", "truee", "constructor"]],
    [
      "REPRISE_SCHEDULE",
      [
        "0 13 * * *",
        "@daily",
        "0 0 25 * * *",
        "0 0 13 30 2 *",
        "* * * * * * *",
        "0 0 13 L * *",
        "0 0 13 LW * *",
        "0 0 13 ? * *",
        "0 0 13 * * 1#2",
        "00:05:00",
        "x",
      ],
    ],
    [
      "REPRISE_SUBSCRIPTIONS",
      ["production", "1111", "11111111-1111-1111-1111-111111111111,", ",", "11111111-1111-1111-1111-111111111111;"],
    ],
    ["REPRISE_MANAGEMENT_GROUP", ["a/b", "a b", "a.", "x".repeat(91)]],
    ["REPRISE_WORKLOADS", ["VM", "AzureIaasVM;MAB", "AzureIaasVM,,MAB"]],
    ["REPRISE_EXCLUDE_VAULTS", ["a,,b", "a\u0000b"]],
    ["REPRISE_EXCLUDE_ITEMS", [",", "x".repeat(501)]],
    [
      "REPRISE_ARM_ENDPOINT",
      [
        "management.azure.com",
        "http://management.azure.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "https://user:secret@management.azure.com",
        "https://user@management.azure.com",
        "https://management.azure.com/subscriptions",
        "https://management.azure.com?x=1",
        "https://management.azure.com#x",
        "https://management.azure.com/?",
        "ftp://127.0.0.1",
        "https:\\\\management.azure.com",
        "https://",
      ],
    ],
    [
      "REPRISE_STORE",
      [
        "https://contoso.blob.core.windows.net",
        "https://contoso.blob.core.windows.net/",
        "https://contoso.blob.core.windows.net/UPPER",
        "https://contoso.blob.core.windows.net/a",
        "https://contoso.blob.core.windows.net/runs--x",
        "https://contoso.blob.core.windows.net/runs?sv=1&sig=secret",
        "https://contoso.blob.core.windows.net/runs//x",
        "https://contoso.blob.core.windows.net/runs/a%2fb",
        "http://contoso.blob.core.windows.net/runs",
        "http://127.0.0.1:10000/runs",
        "https://key:secret@contoso.blob.core.windows.net/runs",
        "file:///tmp/x",
        "s3://bucket/x",
        "dir\nectory",
      ],
    ],
    ["AzureWebJobsStorage", ["yes", "AccountKey=secret"]],
    ["AzureWebJobsStorage__accountName", ["UPPER", "a.b", "https://contoso.blob.core.windows.net"]],
    [
      "AzureWebJobsStorage__blobServiceUri",
      ["contoso", "http://contoso.blob.core.windows.net", "https://contoso.blob.core.windows.net?sig=secret"],
    ],
  ])("U5: refuses wrong values of %s", (name, values) => {
    for (const value of values) {
      const { problems, message } = refusal({ [name]: value });
      expect(problems, value).toHaveLength(1);
      expect(problems[0]?.name).toBe(name);
      expect(message).toMatch(/^Setting \w+: found .*; allowed: .*\.$/);
      expect(message).not.toContain("secret");
    }
  });

  it.each([
    ["https://management.usgovcloudapi.net", false],
    ["https://127.0.0.1:8443", false],
    ["http://localhost:3000", true],
    ["http://127.8.9.10", true],
    ["http://[::1]:3000/", true],
    ["HTTP://LOCALHOST", true],
  ])("takes the endpoint %s", (endpoint, plain) => {
    const settings = parseSettings({ REPRISE_ARM_ENDPOINT: endpoint });
    expect(settings.armEndpoint).toBe(new URL(endpoint).origin);
    expect(settings.armIsLoopbackHttp).toBe(plain);
  });

  it("U5: names everything that is wrong in one error", () => {
    const error = refusal({
      REPRISE_MAX_ATTEMPTS: "many",
      REPRISE_SINCE: "soon",
      REPRISE_MAX_ATEMPTS: "2",
      reprise_since: "1h",
      AzureWebJobsStorage: "x",
    });
    expect(error.code).toBe("SETTING_WRONG");
    expect(error.message.split("\n")).toEqual([
      'Setting REPRISE_SINCE: found "soon"; allowed: a whole number with s, m, h or d, 1m to 14d (Resource Graph keeps jobs for 14 days).',
      'Setting REPRISE_MAX_ATTEMPTS: found "many"; allowed: a whole number from 1 to 10.',
      "Setting AzureWebJobsStorage: found a hidden value of 1 characters; allowed: a storage connection string: UseDevelopmentStorage=true, or one with AccountName= or BlobEndpoint=.",
      'Setting REPRISE_MAX_ATEMPTS: found a setting that does not exist; allowed: the names that "reprise help env" lists (nearest: REPRISE_MAX_ATTEMPTS).',
      'Setting reprise_since: found a setting that does not exist; allowed: the names that "reprise help env" lists (nearest: REPRISE_SINCE).',
    ]);
  });

  it("U5: refuses settings that contradict each other", () => {
    expect(refusal({ REPRISE_SUBSCRIPTIONS: "11111111-1111-1111-1111-111111111111", REPRISE_MANAGEMENT_GROUP: "production" }).message).toBe(
      'Setting REPRISE_MANAGEMENT_GROUP: found "production"; allowed: nothing while REPRISE_SUBSCRIPTIONS is set.',
    );
    expect(refusal({ REPRISE_BACKOFF_FIRST_SECONDS: "20000" }).message).toBe(
      'Setting REPRISE_BACKOFF_FIRST_SECONDS: found "20000"; allowed: at most REPRISE_BACKOFF_MAX_SECONDS, which is 14400.',
    );
    expect(parseSettings({ REPRISE_BACKOFF_FIRST_SECONDS: "20000", REPRISE_BACKOFF_MAX_SECONDS: "20000" }).backoffFirstSeconds).toBe(
      20_000,
    );
  });

  it("shows what it found as one short line without secrets or control characters", () => {
    const { message } = refusal({ REPRISE_ARM_ENDPOINT: `https://me:hunter2@host/\u001b[31m\u202e${"x".repeat(500)}?sig=hunter2` });
    expect(message).toContain(String.raw`"https://***@host/\u001b[31m\u202exxx`);
    expect(message).toContain("…");
    expect(message).not.toContain("hunter2");
    expect(message).not.toContain("\u202e");
    expect(message.length).toBeLessThan(400);
  });

  it.each<[Environment, unknown]>([
    [{ REPRISE_STORE: "state/runs" }, { kind: "directory", path: "state/runs" }],
    [{ REPRISE_STORE: String.raw`C:\reprise` }, { kind: "directory", path: String.raw`C:\reprise` }],
    [
      { REPRISE_STORE: "https://contoso.blob.core.windows.net/runs" },
      { kind: "blob", url: "https://contoso.blob.core.windows.net", container: "runs" },
    ],
    [
      { REPRISE_STORE: "https://contoso.blob.core.windows.net/runs/prod/eu/", AzureWebJobsStorage: "UseDevelopmentStorage=true" },
      { kind: "blob", url: "https://contoso.blob.core.windows.net", container: "runs", prefix: "prod/eu" },
    ],
    [
      { REPRISE_STORE: "http://127.0.0.1:10000/devstoreaccount1/runs/prod" },
      { kind: "blob", url: "http://127.0.0.1:10000/devstoreaccount1", container: "runs", prefix: "prod" },
    ],
    [{ AzureWebJobsStorage: "UseDevelopmentStorage=true" }, { kind: "host-storage", container: "reprise-runs" }],
    [
      { AzureWebJobsStorage: "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b" },
      { kind: "host-storage", container: "reprise-runs" },
    ],
    [
      { AzureWebJobsStorage__accountName: "contoso" },
      { kind: "host-storage", container: "reprise-runs", url: "https://contoso.blob.core.windows.net" },
    ],
    [
      { AzureWebJobsStorage__blobServiceUri: "https://contoso.blob.core.chinacloudapi.cn/" },
      { kind: "host-storage", container: "reprise-runs", url: "https://contoso.blob.core.chinacloudapi.cn" },
    ],
  ])("finds the run store in %j", (env, location) => {
    expect(parseSettings(env).runStore).toEqual(location);
  });
});
