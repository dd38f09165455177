/** `npm run -s golden -- DIR [--json] [--case NAME] [--store memory|embedded] [--shuffle SEEDS]`; see README.md. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Case } from './format.ts';
import { type Divergence, judge, type Verdict } from './judge.ts';
import { inOrder, shuffled } from './schedule.ts';
import { startEmbeddedStore } from './stores/embedded.ts';
import { memory } from './stores/memory.ts';

/** Problems that are printed of one case, unless asked for all. */
const FIRST = 3;
const USAGE = 'usage: golden DIR [--json] [--case NAME] [--store memory|embedded] [--shuffle SEEDS] [--verbose]\n';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    case: { type: 'string' },
    store: { type: 'string', default: 'memory' },
    shuffle: { type: 'string', default: '0' },
    verbose: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? '';
const isClear =
  ['memory', 'embedded'].includes(values.store) && /^\d+$/.test(values.shuffle) && positionals.length === 1;
if (!isClear || !existsSync(folder)) {
  process.stderr.write(USAGE);
  process.exit(2);
}

const divergences = JSON.parse(
  readFileSync(new URL('divergences.json', import.meta.url), 'utf8'),
) as readonly Divergence[];
const seeds = Array.from({ length: Number(values.shuffle) }, (_, i) => i + 1);
const store = values.store === 'embedded' ? await startEmbeddedStore() : memory;
const orders = new Set<string>();
let duplicated = 0;

/** In order, then once for each seed; the first schedule that fails speaks for the case. */
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
  const shown = values.verbose ? problems.length : FIRST;
  return [
    `FAIL ${name} [${level}]${note}`,
    ...problems.slice(0, shown).map((problem) => `       ${problem}`),
    ...(problems.length > shown ? [`       … and ${problems.length - shown} more`] : []),
    ...logs.slice(0, values.verbose ? logs.length : 1).map((line) => `       log: ${line}`),
  ];
}

const verdicts: Verdict[] = [];
for (const file of readdirSync(folder).sort()) {
  if (!file.endsWith('.json')) continue;
  const source = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case;
  if (values.case !== undefined && source.name !== values.case) continue;
  const verdict = await check(source);
  verdicts.push(verdict);
  for (const line of values.json ? [JSON.stringify(verdict)] : lines(verdict)) print(line);
}
await store.close();

const failed = verdicts.filter(({ problems }) => problems.length > 0).length;
if (!values.json) {
  const diverging = verdicts.filter(({ diverges }) => diverges).length;
  print(`${diverging} diverge by the list, each checked against its own expectation`);
  if (seeds.length > 0)
    print(`${seeds.length} seeds: ${orders.size} distinct orders, ${duplicated} duplicate messages`);
}
print(`${verdicts.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
