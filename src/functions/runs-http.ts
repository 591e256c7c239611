/** Runs over HTTP: start, list, read, cancel, and a run's report. */
import { randomUUID } from "node:crypto";
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { parseRunRequest } from "../cloud/runs/request.ts";
import { listRuns, readRun } from "../cloud/runs/read-runs.ts";
import { startRun } from "../cloud/runs/start-run.ts";
import { RUN_ID_PATTERN } from "../policy/run.ts";
import { authLevel } from "./wiring/auth-level.ts";
import { dependencies } from "./wiring/dependencies.ts";
import { answering, json, problem, readBody, reportPath, runClient, runPath, unknownRun } from "./wiring/http.ts";

const RUNS_PER_PAGE = 50;
const extraInputs = [df.input.durableClient()];

app.http("startRun", {
  route: "runs",
  methods: ["POST"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const read = await readBody(request);
    if (!read.ok) return read.response;
    const parsed = parseRunRequest(read.body);
    if (!parsed.ok) {
      const [first] = parsed.problems;
      return problem(400, "Wrong request", `${first?.field}: found ${first?.found}; allowed: ${first?.allowed}.`, parsed.problems);
    }
    const deps = await dependencies();
    const runId = parsed.request.runId ?? `http-${randomUUID().slice(0, 18)}`;
    const origin = request.headers.get("x-reprise-origin") === "command-line" ? "command-line" : "http";
    const started = await startRun(deps, deps.settings, runClient(context), { runId, request: parsed.request, origin });
    if (started.kind === "conflict")
      return problem(409, "Run id in use", `The run ${runId} exists with another request. Use another id, or send the same request.`);
    const view = await readRun(deps, runClient(context), runId, reportPath(runId));
    return json(started.kind === "started" ? 202 : 200, view, { location: runPath(runId) });
  }),
});

app.http("listRuns", {
  route: "runs",
  methods: ["GET"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const limit = Number(request.query.get("limit") ?? RUNS_PER_PAGE);
    if (!Number.isInteger(limit) || limit < 1 || limit > 200)
      return problem(
        400,
        "Wrong request",
        `limit: found ${JSON.stringify(request.query.get("limit"))}; allowed: a whole number from 1 to 200.`,
      );
    return json(200, await listRuns(await dependencies(), runClient(context), limit, request.query.get("after") ?? undefined, reportPath));
  }),
});

app.http("readRun", {
  route: "runs/{id}",
  methods: ["GET"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const runId = request.params.id ?? "";
    if (!RUN_ID_PATTERN.test(runId)) return unknownRun();
    const view = await readRun(await dependencies(), runClient(context), runId, reportPath(runId));
    return view === undefined ? unknownRun() : json(200, view);
  }),
});

app.http("readReport", {
  route: "runs/{id}/report",
  methods: ["GET"],
  authLevel,
  handler: answering(async (request) => {
    const runId = request.params.id ?? "";
    const form = request.query.get("format") ?? "html";
    if (form !== "html" && form !== "json")
      return problem(400, "Wrong request", `format: found ${JSON.stringify(form)}; allowed: html, json.`);
    const bytes = RUN_ID_PATTERN.test(runId) ? await (await dependencies()).ledger.readReport(runId, form) : undefined;
    if (bytes === undefined) return problem(404, "No report", "There is no report of this run, or not yet.");
    const headers = {
      "content-type": form === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    };
    return { status: 200, headers, body: bytes };
  }),
});

app.http("cancelRun", {
  route: "runs/{id}/cancel",
  methods: ["POST"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const runId = request.params.id ?? "";
    const deps = await dependencies();
    const run = RUN_ID_PATTERN.test(runId) ? await readRun(deps, runClient(context), runId, reportPath(runId)) : undefined;
    if (run === undefined) return unknownRun();
    if (run.status !== "pending" && run.status !== "running")
      return problem(409, "Run has ended", `The run ${runId} is ${run.status}; there is nothing to cancel.`);
    await deps.ledger.markCancelled(runId);
    return json(202, { runId, status: run.status }, { location: runPath(runId) });
  }),
});
