/** Parses the command line and selects the cases. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HELP, parse, UsageError, wholeNumber } from '../../infra/cli/usage.ts';
import type { Case } from './format.ts';

const STORES = ['memory', 'embedded'] as const;

export const USAGE = `usage: npm run -s golden -- DIR [--json] [--case NAME] [--store ${STORES.join('|')}] [--shuffle SEEDS] [--verbose]\n`;

export interface Options {
  readonly cases: readonly Case[];
  readonly json: boolean;
  readonly store: (typeof STORES)[number];
  /** Number of shuffled orders per case. */
  readonly shuffle: number;
  readonly verbose: boolean;
}

/** Undefined if help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      case: { type: 'string' },
      store: { type: 'string', default: 'memory' },
      shuffle: { type: 'string', default: '0' },
      verbose: { type: 'boolean', default: false },
      help: HELP,
    },
  });
  if (values.help) return undefined;
  const store = STORES.find((known) => known === values.store);
  if (!store) throw new UsageError(`--store is "${values.store}"; it must be ${STORES.join(' or ')}.`);
  const shuffle = wholeNumber('shuffle', values.shuffle);
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new UsageError('Give one folder of cases.');
  const { json, verbose } = values;
  return { cases: casesOf(folder, values.case), json, store, shuffle, verbose };
}

/** At least one case: a run without cases must not pass. */
function casesOf(folder: string, only: string | undefined): readonly Case[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`There is no folder ${folder}.`);
  const cases = readdirSync(folder)
    .sort()
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case)
    .filter(({ name }) => only === undefined || name === only);
  if (cases.length > 0) return cases;
  throw new UsageError(
    only === undefined ? `There are no cases in ${folder}.` : `There is no case ${only} in ${folder}.`,
  );
}
