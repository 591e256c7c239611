/** Runs over HTTP: start, list, read, cancel, and a run's report. */
import { randomUUID } from "node:crypto";
import { app } from "@azure/functions";
import * as df from "durable-functions";
import { RUN_ID_PATTERN } from "../policy/run.ts";
import { authLevel } from "./wiring/auth-level.ts";
import { dependencies } from "./wiring/dependencies.ts";
import {
  ANSWER_HEADERS,
  answering,
  json,
  problem,
  readBody,
  reportPath,
  runClient,
  runPath,
  unknownRun,
  wrongRequest,
} from "./wiring/http.ts";

const RUNS_PER_PAGE = 50;
const MOST_RUNS_PER_PAGE = 200;
const extraInputs = [df.input.durableClient()];

/** Loaded by the first request and not when the app starts. */
const runs = () => import("./wiring/runs.ts");

app.http("startRun", {
  route: "runs",
  methods: ["POST"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const read = await readBody(request);
    if (!read.ok) return read.response;
    const { parseRunRequest, readRun, startRun } = await runs();
    const parsed = parseRunRequest(read.body);
    if (!parsed.ok) return wrongRequest(parsed.problems);
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
    const { isListPosition, listRuns, shown } = await runs();
    const limitText = request.query.get("limit") ?? String(RUNS_PER_PAGE);
    const limit = /^\d{1,3}$/.test(limitText) ? Number(limitText) : 0;
    if (limit < 1 || limit > MOST_RUNS_PER_PAGE)
      return wrongRequest([{ field: "limit", found: shown(limitText), allowed: `a whole number from 1 to ${MOST_RUNS_PER_PAGE}` }]);
    const after = request.query.get("after") ?? undefined;
    if (after !== undefined && !isListPosition(after))
      return wrongRequest([{ field: "after", found: shown(after), allowed: "the `next` of an earlier answer" }]);
    return json(200, await listRuns(await dependencies(), runClient(context), limit, after, reportPath));
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
    const { readRun } = await runs();
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
      return wrongRequest([{ field: "format", found: (await runs()).shown(form), allowed: "html, json" }]);
    const bytes = RUN_ID_PATTERN.test(runId) ? await (await dependencies()).ledger.readReport(runId, form) : undefined;
    if (bytes === undefined) return problem(404, "No report", "There is no report of this run, or not yet.");
    const contentType = form === "html" ? "text/html; charset=utf-8" : "application/json; charset=utf-8";
    return { status: 200, headers: { ...ANSWER_HEADERS, "content-type": contentType }, body: bytes };
  }),
});

app.http("cancelRun", {
  route: "runs/{id}/cancel",
  methods: ["POST"],
  authLevel,
  extraInputs,
  handler: answering(async (request, context) => {
    const runId = request.params.id ?? "";
    const [{ cancelRun, readRun }, deps] = await Promise.all([runs(), dependencies()]);
    const run = RUN_ID_PATTERN.test(runId) ? await readRun(deps, runClient(context), runId, reportPath(runId)) : undefined;
    if (run === undefined) return unknownRun();
    if (run.status !== "pending" && run.status !== "running")
      return problem(409, "Run has ended", `The run ${runId} is ${run.status}; there is nothing to cancel.`);
    await cancelRun(deps, runClient(context), runId);
    return json(202, { runId, status: run.status, cancelRequested: true }, { location: runPath(runId) });
  }),
});
