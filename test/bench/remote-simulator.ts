/** The simulator's process as the host sees it: a simulator like the one in the same process. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock } from "../../src/clock/clock.ts";
import type { Simulator } from "../../src/local/azure/simulator.ts";
import type { EstateSpec } from "./estates.ts";
import type { Audit, Question, Reply } from "./simulator-process.ts";

export interface RemoteSimulator {
  at(clock: Clock): Simulator;
  audit(): Promise<Audit>;
  stop(): void;
}

type Asked = Question extends infer Q ? (Q extends Question ? Omit<Q, "id"> : never) : never;

export async function startSimulator(spec: EstateSpec): Promise<RemoteSimulator> {
  const child = fork(fileURLToPath(new URL("simulator-process.ts", import.meta.url)), [JSON.stringify(spec)], {
    // The host may be started with a small heap.
    execArgv: [],
  });
  const waiting = new Map<number, { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }>();
  let asked = 0;
  child.on("message", (reply: Reply) => {
    waiting.get(reply.id)?.resolve(reply);
    waiting.delete(reply.id);
  });
  child.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("The simulator's process has ended."));
  });
  const expectReply = (id: number): Promise<Reply> => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  const ask = (question: Asked): Promise<Reply> => {
    const id = ++asked;
    const replied = expectReply(id);
    child.send({ ...question, id });
    return replied;
  };
  await expectReply(0);
  return {
    at: (clock) => ({
      clock,
      async handle(request) {
        const reply = await ask({ nowMs: clock.now(), request });
        if (!("response" in reply)) throw new Error("The simulator answered another question.");
        return reply.response;
      },
    }),
    async audit() {
      const reply = await ask({ nowMs: 0, audit: true });
      if (!("audit" in reply)) throw new Error("The simulator answered another question.");
      return reply.audit;
    },
    stop: () => child.disconnect(),
  };
}
