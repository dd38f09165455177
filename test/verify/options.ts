/** Arguments of `npm run verify`. */
import { HELP, parse, UsageError } from '../../infra/cli/usage.ts';
import { STAGES, type Stage } from './stages.ts';

const names = STAGES.map(({ name }) => name).join(' ');

const JOBS = ['check', 'real', 'localstack'] as const;

export const USAGE = `usage: npm run verify -- [stage]... [--job name] [--list]
Without arguments all stages are run, in this order: ${names}
`;

/** @throws UsageError for a stage or job that does not exist */
export function readStages(args: readonly string[]): readonly Stage[] | 'list' | undefined {
  const options = { job: { type: 'string' }, list: { type: 'boolean', default: false }, help: HELP } as const;
  const { values, positionals } = parse({ args: [...args], options, allowPositionals: true });
  if (values.help) return undefined;
  if (values.list) return 'list';
  const { job } = values;
  if (job !== undefined) {
    if (!JOBS.some((each) => each === job))
      throw new UsageError(`There is no job "${job}"; there are ${JOBS.join(', ')}.`);
    return STAGES.filter((stage) => stage.job === job);
  }
  const unknown = positionals.find((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown !== undefined) throw new UsageError(`There is no stage "${unknown}"; there are ${names}.`);
  return positionals.length === 0 ? STAGES : STAGES.filter(({ name }) => positionals.includes(name));
}

export function listStages(): string {
  return STAGES.map(({ name, commands }) =>
    commands.map((each) => `${name.padEnd(15)} npm ${each.join(' ')}\n`).join(''),
  ).join('');
}
