/** A process of its own for `limits.test.ts`: node taker.ts ROOT UNTIL_MS. Takes turns as fast as it gets them; prints the times of those it used, as JSON. */
import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "../../../src/clock/clock.ts";
import { createLimits } from "../../../src/cloud/limits/limits.ts";
import { openDirectoryStore } from "../../../src/store/directory.ts";
import { RULES } from "./rules.ts";

const [root = "", until = ""] = process.argv.slice(2);
const untilMs = Number(until);
const limits = createLimits({ store: openDirectoryStore(root, { durable: false }), clock: systemClock, rules: RULES });
const used: number[] = [];

async function take(): Promise<void> {
  let turnMs: number | undefined;
  while (Date.now() < untilMs) {
    const turn = await limits.triggerTurn({ subscriptionId: "sub", vault: "vault" }, turnMs);
    if (turn.kind === "stop") throw new Error(turn.reason);
    turnMs = turn.kind === "wait" ? turn.turnMs : undefined;
    if (turn.kind === "go") used.push(Date.now());
    else await wait(Math.max(0, Math.min(turn.untilMs, untilMs) - Date.now()));
  }
}

await Promise.all(Array.from({ length: 5 }, take));
process.stdout.write(JSON.stringify(used));
