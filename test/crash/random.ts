/** Kills at random times while several executions run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Chooser } from '../sim/world/chooser.ts';
import { type Lane, openLane } from './lane.ts';
import { deliverAgain, type Outcome, RECOVERY_MS, restOf } from './named.ts';
import { drive, refund, verify } from './scenario.ts';
import { mixture, openSink } from './sink.ts';

const EXECUTIONS = 6;
const KILLS = 3;
/** Share of the kills that are set by a request count instead of a time. */
const BY_REQUEST = 0.6;
/** Share of the kills that may hit a starting host. */
const EARLY = 0.2;

/** The duration and requests of a round without kills. */
interface Calm {
  readonly ms: number;
  readonly requests: number;
}

/** One outcome per round, and one for all old messages. The first round is calm and says what the machine needs. */
export async function randomKills(rounds: number, chooser: Chooser, report: (outcome: Outcome) => void): Promise<void> {
  const sink = await openSink();
  const FLOW_APP = fileURLToPath(new URL('app.ts', import.meta.url));
  const lane = await openLane({ FLOW_APP, SINK_URL: sink.url });
  const scenarios = (round: number) =>
    Array.from({ length: EXECUTIONS }, (_, i) => ({
      executionId: `random-${round}-${i}`,
      scenario: i % 2 === 0 ? refund : mixture(sink, chooser.between(1, 66)),
    }));
  try {
    await lane.start().ready;
    let requests = 0;
    lane.proxy.observe((seen, when) => {
      if (when === 'before' && seen.executions.size > 0) requests += 1;
    });
    let calm: Calm = { ms: 0, requests: 0 };
    for (let round = 0; round <= rounds; round += 1) {
      const known = lane.journal.problems.length;
      const running = scenarios(round);
      const begun = Date.now();
      const driven = Promise.all(running.map(({ executionId, scenario }) => drive(lane, executionId, scenario)));
      const kills = round === 0 ? { ready: begun, names: [] } : await killSome(lane, chooser, calm, driven);
      const problems = (await driven).flat();
      const ids = running.map(({ executionId }) => executionId);
      problems.push(...(await restOf(lane, ids)), ...lane.journal.problems.slice(known));
      for (const { executionId, scenario } of running) problems.push(...(await verify(lane, executionId, scenario)));
      const rested = Math.max(...ids.map((id) => lane.journal.milestones(id).quiet ?? Number.POSITIVE_INFINITY));
      const recoveryMs = Math.max(0, rested - kills.ready);
      if (round === 0) calm = { ms: recoveryMs, requests };
      const bound = RECOVERY_MS + calm.ms;
      if (recoveryMs > bound) problems.push(`at rest after ${recoveryMs} ms, not within ${bound} ms`);
      const name = round === 0 ? `calm, ${EXECUTIONS} at once` : `random ${round} (${kills.names.join(', ')})`;
      report({ name, restarts: kills.names.length, recoveryMs, problems });
    }
    report(await deliverAgain(lane));
  } finally {
    await lane.close();
    await sink.close();
  }
}

/** Kills and restarts the host a few times. Returns when it became ready for the last time. */
async function killSome(lane: Lane, chooser: Chooser, calm: Calm, driven: Promise<unknown>) {
  const names: string[] = [];
  let over = false;
  const ended = driven.then(() => {
    over = true;
  });
  let ready = Promise.resolve(Date.now());
  for (let kill = 0; kill < KILLS; kill += 1) {
    // An early kill may hit while the host starts.
    if (!chooser.chance(EARLY)) await ready;
    const byRequest = chooser.chance(BY_REQUEST);
    const count = chooser.between(1, Math.ceil(calm.requests / KILLS));
    const ms = byRequest ? calm.ms : chooser.between(20, Math.ceil(calm.ms / KILLS));
    const when = chooser.chance(0.5) ? 'before' : 'after';
    let left = byRequest ? count : Number.POSITIVE_INFINITY;
    const sprung = lane.killWhen((seen, at) => {
      if (at === when && seen.executions.size > 0) left -= 1;
      return left <= 0;
    });
    // A request count that is never reached ends with the time limit.
    await Promise.race([sprung, sleep(ms), ended]);
    if (over) break;
    names.push(left <= 0 ? `${when} ${count}` : `${ms} ms`);
    await lane.end();
    ready = lane.start().ready;
  }
  return { ready: await ready, names };
}
