/** Sessions of more steps than four digits count: a line that drops for days. */
import { expect, it } from "vitest";
import { places } from "../../../src/agent/format/places.ts";
import { readSession, readSessions } from "../../../src/agent/session/read-sessions.ts";
import { newestSession } from "../../../src/agent/session/session-record.ts";
import { workplace } from "../../support/agent-session.ts";

it("the newest step is the one with the highest number, also beyond 9,999; names of another form are none of ours", async () => {
  const { image, job, run, repository } = await workplace();
  for (const name of ["m1", "m2"]) image(name, 4_096);
  const { state } = await run(job());
  const { session } = state;
  await repository.createRecord(places.session(session, 9_999), { ...state, retriesUsed: 7 });
  await repository.createRecord(places.session(session, 10_000), { ...state, retriesUsed: 8 });
  await repository.createRecord(places.session(session, 10_001), { ...state, retriesUsed: 9 });
  await repository.createRecord(`${places.sessions}${session}/00012345`, { ...state, retriesUsed: 99 });
  await repository.createRecord(`${places.sessions}${session}/note`, {});
  expect(places.session(session, 10_001)).toMatch(/\/10001$/);
  expect((await readSession(repository, session))?.state?.retriesUsed).toBe(9);
  expect((await readSessions(repository)).map((each) => each.state?.retriesUsed)).toEqual([9]);
  expect(await newestSession(repository, state.job.name)).toMatchObject({ steps: 10_001, state: { retriesUsed: 9 } });
});
