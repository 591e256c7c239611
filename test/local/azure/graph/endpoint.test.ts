import { describe, expect, it } from "vitest";
import { builtInEstate } from "../../../../src/local/azure/built-in-estate.ts";
import { generateEstate } from "../../../../src/local/azure/generate.ts";
import { type Answer, ask, each, oneVault, SUBSCRIPTION, vm } from "../asked.ts";

const JOBS = "recoveryservicesresources | where type =~ 'microsoft.recoveryservices/vaults/backupjobs'";
const failed = (start = "-6h", end = "-5h50m"): object => ({ status: "Failed", start, end, errorCode: "CloudInternalError" });

function details(answer: Answer): string[] {
  return each(answer.body["error"]?.["details"]).map((detail) => String(detail["code"]));
}

describe("Resource Graph's answers", () => {
  it("come in pages that together hold every row once", async () => {
    const estate = generateEstate("items=2345,failed=0.1,seed=4,vaults=7");
    const jobs = estate.subscriptions.flatMap((one) =>
      one.vaults.flatMap((vault) => vault.items.flatMap((item) => item.jobs ?? [])),
    ).length;
    const { graph, pass } = ask(estate);
    const ids: string[] = [];
    let token: string | undefined;
    let pages = 0;
    do {
      const answer = await graph(`${JOBS} | project id | order by id asc`, {
        $top: 500,
        ...(token !== undefined && { $skipToken: token }),
      });
      ids.push(...each(answer.body["data"]).map((row) => String(row["id"])));
      token = answer.body["$skipToken"];
      expect(answer.body["resultTruncated"]).toBe(token === undefined ? "false" : "true");
      expect(answer.body["totalRecords"]).toBe(jobs);
      pages++;
      await pass(1);
    } while (token !== undefined);
    expect(pages).toBe(5);
    expect(new Set(ids).size).toBe(jobs);
    expect(ids).toEqual([...ids].sort());
  });

  it("give 100 rows unless told, no token without `id`, and none after take", async () => {
    const { graph } = ask(generateEstate("items=300,failed=0,seed=4"));
    const plain = await graph(`${JOBS} | order by id asc`);
    expect(plain.body["count"]).toBe(100);
    expect(plain.body["$skipToken"]).toBeTypeOf("string");
    for (const query of [`${JOBS} | project name`, `${JOBS} | take 200`]) {
      const cut = await graph(query);
      expect(cut.body["resultTruncated"]).toBe("true");
      expect(cut.body).not.toHaveProperty("$skipToken");
    }
    expect((await graph(JOBS, { $top: 1001 })).status).toBe(400);
    const other = await graph(`${JOBS} | order by name asc`, { $skipToken: plain.body["$skipToken"] });
    expect(details(other)).toEqual(["InvalidSkipToken"]);
  });

  it("can be a table", async () => {
    const { graph } = ask(oneVault([vm("vm-1", { jobs: [failed()] })]));
    const answer = await graph(`${JOBS} | project name, n = 1, at = todatetime('2026-11-20')`, { resultFormat: "table" });
    expect(answer.body["data"]?.["columns"]).toEqual([
      { name: "name", type: "string" },
      { name: "n", type: "integer" },
      { name: "at", type: "datetime" },
    ]);
    expect(answer.body["data"]?.["rows"]?.[0]?.slice(1)).toEqual([1, "2026-11-20T00:00:00.0000000Z"]);
  });

  it("leave unreadable subscriptions out silently, but refuse when nothing is left", async () => {
    const { graph } = ask(oneVault([vm("vm-1", { jobs: [failed()] })]));
    const unknown = "99999999-9999-4999-8999-999999999999";
    expect((await graph(JOBS, {}, { subscriptions: [SUBSCRIPTION.toUpperCase(), unknown] })).body["totalRecords"]).toBe(1);
    const nothing = await graph(JOBS, {}, { subscriptions: [unknown] });
    expect([nothing.status, ...details(nothing)]).toEqual([400, "NoValidSubscriptionsInQueryRequest"]);
    expect(details(await graph(JOBS, {}, { subscriptions: ["one"] }))).toEqual(["SubscriptionsContainInvalidGuids"]);
    expect((await graph(JOBS, {}, { managementGroups: ["mg-root"] })).body["totalRecords"]).toBe(1);
    expect(
      (await graph("ResourceContainers | where type =~ 'microsoft.resources/subscriptions' | project subscriptionId, name")).body["data"],
    ).toEqual([{ subscriptionId: SUBSCRIPTION, name: "production" }]);
  });

  it("refuse a bad query in the service's shape", async () => {
    const { graph } = ask(oneVault([]));
    const answer = await graph("recoveryservicesresources | evaluate bag_unpack(properties)");
    expect([answer.status, answer.body["error"]?.["code"], ...details(answer)]).toEqual([
      400,
      "BadRequest",
      "InvalidQuery",
      "ParserFailure",
    ]);
  });

  it("are refused above 15 queries in 5 seconds, with the quota in the headers", async () => {
    const { graph, pass } = ask(oneVault([]));
    const answers: Answer[] = [];
    for (let index = 0; index < 16; index++) answers.push(await graph("resourcecontainers | count"));
    expect(answers.map((answer) => answer.status)).toEqual([...Array.from({ length: 15 }, () => 200), 429]);
    expect(answers[0]?.headers).toMatchObject({ "x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05" });
    expect(answers[15]?.headers).toMatchObject({ "x-ms-user-quota-remaining": "0" });
    expect(answers[15]?.body["error"]?.["code"]).toBe("RateLimiting");
    await pass(5);
    expect((await graph("resourcecontainers | count")).status).toBe(200);
  });

  it("show the oddities of real rows, and both kinds of vault", async () => {
    const { graph } = ask({ ...builtInEstate(), faults: [] });
    const answer = await graph("RecoveryServicesResources | where type endswith 'backupjobs' | project type, id, properties", {
      $top: 1000,
    });
    const rows = each(answer.body["data"]);
    const parsed = rows.map((row) =>
      typeof row["properties"] === "string" ? (JSON.parse(row["properties"]) as Record<string, unknown>) : row["properties"],
    );
    expect(rows.some((row) => typeof row["properties"] === "string") && rows.some((row) => typeof row["properties"] === "object")).toBe(
      true,
    );
    expect(new Set(parsed.map((properties) => typeof properties?.["isUserTriggered"]))).toEqual(new Set(["boolean", "string"]));
    expect(new Set(rows.map((row) => String(row["type"]).toLowerCase())).size).toBe(2);
    expect(new Set(rows.map((row) => row["type"])).size).toBeGreaterThan(2);
    expect(rows.some((row) => /\/resourcegroups\/RG-/.test(String(row["id"])))).toBe(true);
    expect(parsed.every((properties) => typeof properties?.["backupInstanceId"] === "string")).toBe(true);
    expect(
      parsed.some((properties) => String(properties?.["duration"]).startsWith("PT")) &&
        parsed.some((properties) => /^\d\d:/.test(String(properties?.["duration"]))),
    ).toBe(true);
  });

  it("carry the error as a number, and its symbol unless the estate says otherwise", async () => {
    const items = [vm("vm-1", { jobs: [{ ...failed(), errorCode: "BCMV2VMNotFound" }] })];
    const query = `${JOBS} | extend p = parse_json(tostring(properties)) | project code = p.errorDetails[0].errorCode, symbol = tostring(p.extendedInfo.propertyBag['Error Code'])`;
    expect((await ask(oneVault(items)).graph(query)).body["data"]).toEqual([{ code: 400094, symbol: "BCMV2VMNotFound" }]);
    expect((await ask(oneVault(items, { symbols: false })).graph(query)).body["data"]).toEqual([{ code: 400094, symbol: "" }]);
  });

  it("follow the clock: a job is running until its end, and gone after 14 days", async () => {
    const { graph, pass } = ask(oneVault([vm("vm-1", { jobs: [{ status: "Completed", start: "-10m", end: "20m" }] })]));
    const status = async (): Promise<unknown> =>
      (
        await graph(
          `${JOBS} | extend p = parse_json(tostring(properties)) | project s = tostring(p.status), ended = isnotempty(tostring(p.endTime))`,
        )
      ).body["data"];
    expect(await status()).toEqual([{ s: "InProgress", ended: false }]);
    await pass(1200);
    expect(await status()).toEqual([{ s: "Completed", ended: true }]);
    await pass(15 * 86_400);
    expect(await status()).toEqual([]);
  });
});
