/**
 * `npm run -s crash [-- --seed N --rounds N]`: the host is killed with SIGKILL between any two steps of the protocol and
 * started again; what it promised has to hold. One line per point; exit code 1 when anything failed.
 */
import { HELP, parse, readOrExit, wholeNumber } from '../../infra/cli/usage.ts';
import { createRandomChooser } from '../sim/world/chooser.ts';
import { diskKills } from './disk.ts';
import { openLane } from './lane.ts';
import { countSteps, deliverAgain, killAt, type Outcome, POINTS } from './named.ts';
import { randomKills } from './random.ts';

const USAGE = 'usage: npm run -s crash -- [--seed N] [--rounds N]\n';
const LANES = 2;

const write = (line: string) => process.stdout.write(`${line}\n`);
const outcomes: Outcome[] = [];

function report(outcome: Outcome, occurrences?: number): void {
  outcomes.push(outcome);
  const { name, restarts, recoveryMs, problems } = outcome;
  const columns = [
    name.padEnd(44),
    occurrences === undefined ? ''.padEnd(12) : `of ${occurrences}`.padEnd(12),
    `restarts ${restarts}`.padEnd(13),
    `recovery ${String(recoveryMs).padStart(5)} ms  `,
    problems.length === 0 ? 'ok' : 'FAIL',
  ];
  write(columns.join(''));
  for (const problem of problems) write(`    ${problem}`);
}

/** Every named point, divided among the lanes. */
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

/**
 * The first one, and in each further round another one, if there is one. How often a step happens differs a little from run to
 * run, with the batches that messages come in: the last third is left out, so that every picked one is reached.
 */
function occurrencesOf(count: number, rounds: number, seed: number): number[] {
  const others = Array.from({ length: Math.max(0, Math.floor((count * 2) / 3) - 1) }, (_, i) => i + 2);
  const chooser = createRandomChooser(seed);
  const picked = [1];
  while (picked.length < rounds && others.length > 0) picked.push(...others.splice(chooser.pick(others.length), 1));
  return picked;
}

interface Options {
  readonly seed: number;
  readonly rounds: number;
}

function readOptions(args: readonly string[]): Options | undefined {
  const { values } = parse({
    args: [...args],
    options: { seed: { type: 'string', default: '1' }, rounds: { type: 'string', default: '2' }, help: HELP },
  });
  if (values.help) return undefined;
  return { seed: wholeNumber('seed', values.seed), rounds: Math.max(1, wholeNumber('rounds', values.rounds)) };
}

async function main({ seed, rounds }: Options): Promise<number> {
  const begun = Date.now();
  // Two at a time: more would measure the machine.
  await Promise.all([
    namedPoints(0, rounds, seed).then(() => diskKills(rounds, createRandomChooser(seed + 1), report)),
    namedPoints(1, rounds, seed).then(() => randomKills(rounds, createRandomChooser(seed + 2), report)),
  ]);
  const failed = outcomes.filter(({ problems }) => problems.length > 0).length;
  write(`seed ${seed}, rounds ${rounds}, ${Math.round((Date.now() - begun) / 1000)} s`);
  write(`${outcomes.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

// Hides the deprecation warning of Node 20.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
main(await readOrExit(USAGE, () => readOptions(process.argv.slice(2)))).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
