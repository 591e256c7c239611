import { describe, expect, it } from "vitest";
import { classifyFault } from "../../../src/policy/transfer/faults.ts";
import type { Fault } from "../../../src/policy/transfer/faults.ts";

const kindOf = (fault: Fault, reachedBefore = true): string => classifyFault(fault, { reachedBefore }).kind;

describe("what a fault means", () => {
  it.each([
    ["reset", "ECONNRESET"],
    ["refused", "ECONNREFUSED"],
    ["unreachable host", "EHOSTUNREACH"],
    ["unreachable network", "ENETUNREACH"],
    ["network down", "ENETDOWN"],
    ["broken pipe", "EPIPE"],
    ["name look-up", "ENOTFOUND"],
    ["name look-up", "EAI_AGAIN"],
    ["no answer, says the system", "ETIMEDOUT"],
    ["share disconnected", "ENOTCONN"],
    ["share's handle stale", "ESTALE"],
    ["share's server down", "EHOSTDOWN"],
    ["answer that ends in the middle", "HPE_INVALID_EOF_STATE"],
    ["answer that is no HTTP", "HPE_INVALID_CONSTANT"],
    ["answer whose parts are no HTTP", "HPE_INVALID_CHUNK_SIZE"],
    ["vanished share, says the store", "STORE_UNREACHABLE"],
    ["vanished share, says the source", "SOURCE_UNREACHABLE"],
  ])("R4: %s (%s) is a drop, once the other side was reached", (_, code) => {
    expect(kindOf({ code })).toBe("drop");
    expect(classifyFault({ code }, { reachedBefore: false })).toMatchObject({
      kind: "failure",
      reason: expect.stringContaining("never reached before") as string,
    });
  });

  it("R4: no answer within the deadline is a drop", () => {
    expect(kindOf({ timedOut: true })).toBe("drop");
    expect(kindOf({ timedOut: true, code: "ENOSPC" })).toBe("drop");
    expect(kindOf({ timedOut: true }, false)).toBe("failure");
  });

  it.each([408, 429, 500, 502, 503, 504])("R4: %i repeats the request, and keeps what Retry-After asked for", (status) => {
    expect(classifyFault({ status, retryAfterMs: 7_000 }, { reachedBefore: false })).toMatchObject({ kind: "repeat", afterMs: 7_000 });
    expect(classifyFault({ status, code: "ECONNRESET" }, { reachedBefore: true })).toMatchObject({ kind: "repeat", afterMs: undefined });
  });

  it.each([400, 401, 403, 404, 409, 411, 412, 413, 416, 501])("R4: %i is a failure, whatever code comes with it", (status) => {
    expect(kindOf({ status })).toBe("failure");
    expect(kindOf({ status, code: "ECONNRESET" })).toBe("failure");
  });

  it.each([
    "CERT_HAS_EXPIRED",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "ENOSPC",
    "EDQUOT",
    "EIO",
    "EACCES",
    "EROFS",
    "STORE_FULL",
    "STORE_DENIED",
    "STORE_DAMAGED_RECORD",
    "STORE_UNITS_MISSING",
    "constructor",
    "",
  ])("R4: %j is a failure", (code) => {
    expect(kindOf({ code })).toBe("failure");
    expect(classifyFault({ code }, { reachedBefore: true }).reason).not.toBe("");
  });

  it("takes only the end of a connection for one that was idle", () => {
    for (const code of ["ECONNRESET", "EPIPE"]) expect(classifyFault({ code }, { reachedBefore: true })).toMatchObject({ idle: true });
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "ESTALE"])
      expect(classifyFault({ code }, { reachedBefore: true })).toMatchObject({ idle: false });
  });
});
