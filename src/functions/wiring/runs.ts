/** What the routes of runs are carried out by, in one place to be loaded from. */
export { cancelRun } from "../../cloud/runs/cancel-run.ts";
export { isListPosition, listRuns, readRun } from "../../cloud/runs/read-runs.ts";
export { parseRunRequest, shown } from "../../cloud/runs/request.ts";
export { startRun } from "../../cloud/runs/start-run.ts";
