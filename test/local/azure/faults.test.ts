import { describe, expect, it } from "vitest";
import type { Journal } from "../../../src/local/azure/journal.ts";
import { type Asked, ask, each, itemPath, oneVault, read, VAULT, vm, VM_BODY } from "./asked.ts";

const trigger = (asked: Asked, name = "vm-1") => asked.post(`${itemPath(name)}/backup`, VM_BODY);
const accepted = async (asked: Asked): Promise<unknown> =>
  each(read(await asked.get("/_simulator/state")).body["items"]).map((item) => item["backupsAccepted"]);

function faulty(...faults: object[]): Asked {
  return ask(oneVault([vm("vm-1", { jobs: [{ status: "Completed", start: "-8m", end: "-2m" }] }), vm("vm-2")], { faults }));
}

describe("faults", () => {
  it("throttle with and without Retry-After, for one item, a number of times", async () => {
    const asked = faulty(
      { on: "trigger", item: "VM-1", do: "throttle", times: 1, retryAfterSeconds: 30 },
      { on: "trigger", item: "vm-1", do: "throttle", times: 1 },
    );
    expect(read(await trigger(asked, "vm-2")).status).toBe(202);
    const first = read(await trigger(asked));
    expect([first.status, first.headers["retry-after"]]).toEqual([429, "30"]);
    const second = read(await trigger(asked));
    expect([second.status, second.headers["retry-after"]]).toEqual([429, undefined]);
    expect(read(await trigger(asked)).status).toBe(202);
  });

  it("throttle Resource Graph by its own headers", async () => {
    const asked = faulty({ on: "graph", do: "throttle", times: 1, retryAfterSeconds: 3 }, { on: "graph", do: "throttle", times: 1 });
    const first = await asked.graph("resourcecontainers | count");
    expect([first.status, first.headers["retry-after"], first.headers["x-ms-user-quota-resets-after"]]).toEqual([429, "3", "00:00:03"]);
    expect((await asked.graph("resourcecontainers | count")).headers["x-ms-user-quota-resets-after"]).toBe("00:00:05");
    expect((await asked.graph("resourcecontainers | count")).status).toBe(200);
  });

  it("break the connection before or after the backup was accepted", async () => {
    const asked = faulty(
      { on: "trigger", item: "vm-1", do: "drop-connection", times: 1 },
      { on: "trigger", item: "vm-1", do: "accept-and-drop-connection", times: 1 },
    );
    expect(await trigger(asked)).toBe("drop");
    expect(await accepted(asked)).toEqual([0, 0]);
    expect(await trigger(asked)).toBe("drop");
    expect(await accepted(asked)).toEqual([1, 0]);
    expect(read(await trigger(asked)).body["error"]?.["code"]).toBe("UserErrorBackupOperationInProgress");
  });

  it("answer with a status or a symbol", async () => {
    const asked = faulty(
      { on: "jobs", do: "status", code: 503, times: 1 },
      { on: "jobs", do: "status", code: "LinkedAuthorizationFailed", times: 1 },
      { on: "jobs", do: "status", code: "Odd", status: 418, times: 1 },
      { on: "any", do: "status", code: 500, times: 1 },
    );
    const answers: unknown[] = [];
    for (let index = 0; index < 4; index++) {
      const answer = read(await asked.get(`${VAULT}/backupJobs`));
      answers.push([answer.status, answer.body["error"]?.["code"]]);
    }
    expect(answers).toEqual([
      [503, "ServiceUnavailable"],
      [403, "LinkedAuthorizationFailed"],
      [418, "Odd"],
      [500, "InternalServerError"],
    ]);
    expect(read(await asked.get(`${VAULT}/backupJobs`)).status).toBe(200);
  });

  it("end an operation as failed, without its job", async () => {
    const asked = faulty({ on: "operation", item: "vm-1", do: "status", code: "UserErrorVmNotInDesirableState", times: 1 });
    const { headers } = read(await trigger(asked));
    for (let index = 0; index < 2; index++)
      expect(read(await asked.get(headers["azure-asyncoperation"] ?? "")).body).toMatchObject({
        status: "Failed",
        error: { code: "UserErrorVmNotInDesirableState" },
      });
    expect(read(await asked.get(`${VAULT}/backupJobs`)).body["value"]).toHaveLength(1);
  });

  it("delay an answer on the clock", async () => {
    const asked = faulty({ on: "job", do: "delay", seconds: 90 });
    const before = asked.clock.now();
    expect(read(await asked.get(`${VAULT}/backupJobs/none`)).status).toBe(404);
    expect(asked.clock.now() - before).toBe(90_000);
  });

  it("make Resource Graph late, while the vault knows", async () => {
    const asked = faulty({ on: "graph", do: "stale", seconds: 600 });
    const query = "recoveryservicesresources | where type endswith 'backupjobs' | count";
    expect((await asked.graph(query)).body["data"]).toEqual([{ Count: 0 }]);
    expect(read(await asked.get(`${VAULT}/backupJobs`)).body["value"]).toHaveLength(1);
    await asked.pass(600);
    expect((await asked.graph(query)).body["data"]).toEqual([{ Count: 1 }]);
  });

  it("delete a vault for good", async () => {
    const asked = faulty({ on: "trigger", vault: "vault-weu", do: "vault-deleted", times: 1 });
    expect(read(await asked.get(`${VAULT}/backupJobs`)).status).toBe(200);
    expect(read(await trigger(asked)).status).toBe(404);
    expect(read(await asked.get(`${VAULT}/backupJobs`)).body["error"]?.["code"]).toBe("ResourceNotFound");
  });
});

describe("the limits of Resource Manager", () => {
  it("refuse a 201st write at once and refill by 10 a second", async () => {
    const asked = ask(oneVault(Array.from({ length: 230 }, (_, index) => vm(`vm-${index}`))));
    const statuses: number[] = [];
    for (let index = 0; index < 201; index++) statuses.push(read(await trigger(asked, `vm-${index}`)).status);
    expect(statuses.filter((status) => status === 202)).toHaveLength(200);
    const refused = read(await trigger(asked, "vm-200"));
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "1"]);
    await asked.pass(1);
    const next = read(await trigger(asked, "vm-201"));
    expect([next.status, next.headers["x-ms-ratelimit-remaining-subscription-writes"]]).toEqual([202, "9"]);
  });
});

describe("the journal", () => {
  it("tells a restarted simulator of accepted backups, used faults and its start", async () => {
    const lines: string[] = [];
    const journal: Journal = { read: () => lines, append: (line) => lines.push(line) };
    const faults = [{ on: "trigger", do: "accept-and-drop-connection", times: 1 }];
    const estate = oneVault([vm("vm-1", { jobs: [{ status: "Failed", start: "-6h" }] })], { faults });
    const first = ask(estate, journal);
    expect(await trigger(first)).toBe("drop");
    const before = read(await first.get("/_simulator/state")).body["items"];

    const second = ask(estate, journal);
    expect(read(await second.get("/_simulator/state")).body["items"]).toEqual(before);
    expect(await accepted(second)).toEqual([1]);
    expect(read(await trigger(second)).body["error"]?.["code"]).toBe("UserErrorBackupOperationInProgress");
    await second.pass(3600);
    expect(read(await trigger(second)).status).toBe(202);
    expect(lines).toHaveLength(4);
  });

  it("leaves out a torn last line, goes on after it, and refuses other damage", async () => {
    const start = JSON.stringify({ kind: "start", baseMs: Date.parse("2026-11-20T13:00:00Z") });
    let text = `${start}\n{"kind":"trig`;
    const over = (): Asked =>
      ask(oneVault([vm("vm-1")]), {
        read: () => text.split("\n"),
        append: (line) => {
          text += `${line}\n`;
        },
      });
    expect(read(await trigger(over())).status).toBe(202);
    expect(await accepted(over())).toEqual([1]);
    text = `${start}\noops\n${start}`;
    expect(over).toThrow("The simulator's journal is damaged at line 2.");
  });
});
