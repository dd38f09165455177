/** `npm run -s golden -- DIR [--json] [--case NAME] [--store memory|embedded] [--shuffle SEEDS]`; see README.md. */
import { readFileSync } from 'node:fs';
import { readOrExit } from '../../infra/cli/usage.ts';
import type { Case } from './format.ts';
import { readOptions, USAGE } from './options.ts';
import { inOrder, shuffled } from './play/schedule.ts';
import { startEmbeddedStore } from './stores/embedded.ts';
import { memory } from './stores/memory.ts';
import { type Divergence, judge, type Verdict } from './verdict/judge.ts';

/** Number of problems printed for a case without --case. */
const FIRST = 3;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const options = await readOrExit(USAGE, () => readOptions(process.argv.slice(2)));
const divergences = JSON.parse(
  readFileSync(new URL('divergences.json', import.meta.url), 'utf8'),
) as readonly Divergence[];
const seeds = Array.from({ length: options.shuffle }, (_, i) => i + 1);
const store = options.store === 'embedded' ? await startEmbeddedStore() : memory;
const orders = new Set<string>();
let duplicated = 0;

/** In recorded order, then once per seed; the first failing schedule is reported. */
async function check(source: Case): Promise<Verdict> {
  const divergence = divergences.find((each) => each.case === source.name);
  const verdict = await judge(source, divergence, { schedule: inOrder, store });
  orders.add(`${source.name}: ${verdict.order}`);
  for (const seed of seeds) {
    if (verdict.problems.length > 0) break;
    const schedule = shuffled(seed);
    const again = await judge(source, divergence, { schedule, store });
    orders.add(`${source.name}: ${again.order}`);
    duplicated += schedule.duplicated;
    if (again.problems.length > 0)
      return { ...again, problems: again.problems.map((problem) => `seed ${seed}: ${problem}`) };
  }
  return verdict;
}

function lines({ name, level, problems, diverges, differences, logs }: Verdict): readonly string[] {
  const note = diverges ? ' (diverges by the list)' : differences.length > 0 ? ' (differs, impl-defined)' : '';
  if (problems.length === 0) return [`ok   ${name}${note}`];
  const shown = options.verbose ? problems.length : FIRST;
  return [
    `FAIL ${name} [${level}]${note}`,
    ...problems.slice(0, shown).map((problem) => `       ${problem}`),
    ...(problems.length > shown ? [`       … and ${problems.length - shown} more`] : []),
    ...logs.slice(0, options.verbose ? logs.length : 1).map((line) => `       log: ${line}`),
  ];
}

const verdicts: Verdict[] = [];
for (const source of options.cases) {
  const verdict = await check(source);
  verdicts.push(verdict);
  for (const line of options.json ? [JSON.stringify(verdict)] : lines(verdict)) print(line);
}
await store.close();

const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
if (!options.json) {
  const diverging = verdicts.filter(({ diverges }) => diverges).length;
  print(`${diverging} diverge by the list, each checked against its own expectation`);
  if (seeds.length > 0)
    print(`${seeds.length} seeds: ${orders.size} distinct orders, ${duplicated} duplicate messages`);
}
const sum = `${verdicts.length - failed} passed, ${failed} failed\n`;
// With --json stdout has only JSON.
(options.json ? process.stderr : process.stdout).write(sum);
process.exitCode = failed > 0 ? 1 : 0;
