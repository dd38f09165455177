/**
 * `npm run -s crash [-- --seed N --rounds N]`: the host is killed with SIGKILL between any two steps of the protocol and
 * started again; what it promised has to hold. One line per point; exit code 1 when anything failed.
 */
import { parseArgs } from 'node:util';
import { createRandomChooser } from '../sim/chooser.ts';
import { openLane } from './lane.ts';
import { countSteps, deliverAgain, killAt, type Outcome, POINTS } from './named.ts';

const LANES = 2;

const write = (line: string) => process.stdout.write(`${line}\n`);
const outcomes: Outcome[] = [];

function report(outcome: Outcome, occurrences?: number): void {
  outcomes.push(outcome);
  const { name, restarts, recoveryMs, problems } = outcome;
  const columns = [
    name.padEnd(28),
    occurrences === undefined ? ''.padEnd(12) : `of ${occurrences}`.padEnd(12),
    `restarts ${restarts}`.padEnd(13),
    `recovery ${String(recoveryMs).padStart(5)} ms  `,
    problems.length === 0 ? 'ok' : 'FAIL',
  ];
  write(columns.join(''));
  for (const problem of problems) write(`    ${problem}`);
}

/** Every named point, shared out over the lanes. */
async function namedPoints(lane: number, rounds: number, seed: number): Promise<void> {
  const service = await openLane();
  try {
    await service.start().ready;
    const counts = await countSteps(service, `calm-${lane}`);
    const mine = POINTS.filter((_, i) => i % LANES === lane);
    for (const point of mine) {
      const count = counts.get(point.step) ?? 0;
      for (const occurrence of occurrencesOf(count, rounds, seed)) {
        report(await killAt(service, point, occurrence), count);
      }
    }
    report(await deliverAgain(service));
  } finally {
    await service.close();
  }
}

/** The first one, and in each further round another one, if there is one. */
function occurrencesOf(count: number, rounds: number, seed: number): number[] {
  const others = Array.from({ length: Math.max(0, count - 1) }, (_, i) => i + 2);
  const chooser = createRandomChooser(seed);
  const picked = [1];
  while (picked.length < rounds && others.length > 0) picked.push(...others.splice(chooser.pick(others.length), 1));
  return picked;
}

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '2' } },
});
const seed = Number(values.seed);
const rounds = Number(values.rounds);
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const begun = Date.now();
await Promise.all(Array.from({ length: LANES }, (_, lane) => namedPoints(lane, rounds, seed)));
const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
write(`seed ${seed}, ${Math.round((Date.now() - begun) / 1000)} s`);
write(`${outcomes.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
