/** Kills the host at a named point of one execution, restarts it, and checks the execution. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './door.ts';
import type { Lane } from './lane.ts';
import type { When } from './proxy.ts';
import { drive, refund, verify } from './scenario.ts';
import { isQuiet, STEPS, type Step } from './steps.ts';

export interface Point {
  readonly step: Step;
  readonly when: When;
}

/**
 * Received messages are known only afterwards. The refund keeps a full history, and with it its values, so it drops none:
 * drops are in the random kills of a flow without values in its history.
 */
export const POINTS: readonly Point[] = STEPS.filter((step) => step !== 'drop').flatMap((step): Point[] =>
  step === 'receive'
    ? [{ step, when: 'after' }]
    : [
        { step, when: 'before' },
        { step, when: 'after' },
      ],
);

export interface Outcome {
  readonly name: string;
  /** Number of restarts. */
  readonly restarts: number;
  /** From readiness until the execution is at rest again. */
  readonly recoveryMs: number;
  readonly problems: readonly string[];
}

/** The lease, plus 2 s and a delayed message. After a minute the sweep would hide lost messages. */
export const RECOVERY_MS = 30_000;
/** The watchdog's message of the last session arrives within this time. */
const TRAILING_MS = 4_000;

/** How often each step happens in one execution without a kill. */
export async function countSteps(lane: Lane, executionId: string): Promise<ReadonlyMap<Step, number>> {
  const counts = new Map<Step, number>();
  lane.proxy.observe((seen, when) => {
    if (!seen.executions.has(executionId)) return;
    for (const step of seen.steps) {
      if (when === (step === 'receive' ? 'after' : 'before')) counts.set(step, (counts.get(step) ?? 0) + 1);
    }
  });
  const problems = await drive(lane, executionId, refund);
  problems.push(...(await verify(lane, executionId, refund)));
  if (problems.length > 0) throw new Error(`Without any crash: ${problems.join('\n')}`);
  await sleep(TRAILING_MS);
  return counts;
}

/** The host runs before and after. @param occurrence of the step in the execution, from 1 */
export async function killAt(lane: Lane, point: Point, occurrence: number): Promise<Outcome> {
  const { step, when } = point;
  const name = `${step} ${when} #${occurrence}`;
  const executionId = `${step}-${when}-${occurrence}`;
  const known = lane.journal.problems.length;
  let seenSo = 0;
  const death = lane.killWhen((seen, at) => {
    if (at === when && seen.steps.has(step) && seen.executions.has(executionId)) seenSo += 1;
    return seenSo === occurrence;
  });
  const driven = drive(lane, executionId, refund);
  const died = await Promise.race([death.then(() => true), driven.then(() => sleep(TRAILING_MS)).then(() => false)]);
  if (!died) return { name, restarts: 0, recoveryMs: 0, problems: ['never reached', ...(await driven)] };

  const { waiting, quiet } = { ...lane.journal.milestones(executionId) };
  await lane.end();
  const ready = await lane.start().ready;
  const problems = [...(await driven), ...(await restOf(lane, [executionId]))];
  problems.push(...(await verify(lane, executionId, refund)));
  const after = lane.journal.milestones(executionId);
  const rested = waiting === undefined ? after.waiting : quiet === undefined ? after.quiet : ready;
  const recoveryMs = Math.max(0, (rested ?? Number.POSITIVE_INFINITY) - ready);
  if (recoveryMs > RECOVERY_MS) problems.push(`went on after ${recoveryMs} ms, not within ${RECOVERY_MS} ms`);
  return { name, restarts: 1, recoveryMs, problems: [...problems, ...lane.journal.problems.slice(known)] };
}

/** Waits until executions are at rest. Returns those that are not, with their remaining work. */
export async function restOf(lane: Lane, executionIds: readonly string[]): Promise<string[]> {
  const busy = () => executionIds.filter((id) => lane.journal.milestones(id).quiet === undefined);
  await until(() => (busy().length === 0 ? true : undefined), 'rest', 15_000).catch(() => undefined);
  return busy().map((id) => `${id} has not come to rest: ${JSON.stringify(lane.journal.head(id))}`);
}

/** Delivers every message again: none may change the store or become a dead letter. */
export async function deliverAgain(lane: Lane): Promise<Outcome> {
  const bodies = [...lane.journal.messages];
  const ids = [...new Set(bodies.map((body) => (JSON.parse(body) as { executionId: string }).executionId))];
  const texts = () => ids.map((id) => JSON.stringify(lane.journal.head(id)));
  const before = texts();
  await lane.send(bodies);
  await until(async () => ((await lane.visible()).queue === 0 ? true : undefined), 'an empty queue', 30_000);
  await sleep(1_000);
  const after = texts();
  const { dead } = await lane.visible();
  const problems = [
    ...ids.filter((_, i) => before[i] !== after[i]).map((id) => `${id} was changed by an old message`),
    ...ids.filter((id) => !isQuiet(lane.journal.head(id) ?? never(id))).map((id) => `${id} is not at rest`),
    ...(dead > 0 ? [`${dead} dead letters`] : []),
  ];
  return { name: `${bodies.length} old messages again`, restarts: 0, recoveryMs: 0, problems };
}

function never(id: string): never {
  throw new Error(`No head of ${id} was seen.`);
}
