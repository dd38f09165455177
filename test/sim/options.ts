/** Parses the command line of the simulator. */
import { statSync } from 'node:fs';
import { HELP, parse, UsageError, wholeNumber } from '../../infra/cli/usage.ts';

export const USAGE = `usage: npm run -s sim -- [options]
  --schedules N     number of schedules (default 1,000; for mutants at most 100,000 each)
  --seed S          seed of the first schedule; schedule i has the seed S + i (default 1)
  --from N          skips the first N schedules, to run in slices
  --jobs J          child processes (default 1); the result does not depend on it
  --json            prints one JSON object
  --seed S --replay [--faulty-steps N] [--skip 1,2]   prints one schedule as a trace
  --mutants [--only NAME]   tries every mutant of test/sim/mutants from R seeds (--runs R, default 5)
    --write         stores the rows in test/sim/mutants/RESULTS.md; --runs 0 only lists new mutants there
  --patch FILE      tries one mutant given as a patch; its first line says what it breaks
  --exhaustive [--workers W] [--signals N] [--faults F] [--reorders R] [--seconds T]
                    all schedules of a small scope with at most F faults and R reorderings (steps that let
                    another call run than the one that has waited longest); without a scope: larger and
                    larger scopes, T seconds in all (default 900)
`;

export interface Options {
  readonly schedules: number | undefined;
  readonly seed: number;
  readonly from: number;
  readonly jobs: number;
  readonly json: boolean;
  readonly replay: boolean;
  readonly faultySteps: number | undefined;
  readonly skip: readonly number[];
  readonly mutants: boolean;
  readonly only: string | undefined;
  readonly patch: string | undefined;
  readonly runs: number;
  readonly write: boolean;
  readonly exhaustive: boolean;
  readonly workers: number | undefined;
  readonly signals: number | undefined;
  readonly faults: number | undefined;
  readonly reorders: number | undefined;
  readonly seconds: number;
}

/** Undefined if help is asked for. @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parse({
    args: [...args],
    options: {
      schedules: text,
      seed: text,
      from: text,
      jobs: text,
      json: flag,
      replay: flag,
      'faulty-steps': text,
      skip: text,
      mutants: flag,
      only: text,
      patch: text,
      runs: text,
      write: flag,
      exhaustive: flag,
      workers: text,
      signals: text,
      faults: text,
      reorders: text,
      seconds: text,
      help: HELP,
    },
  });
  if (values.help) return undefined;
  const maybe = (name: string, text: string | undefined): number | undefined =>
    text === undefined ? undefined : wholeNumber(name, text);
  const number = (name: string, text: string | undefined, otherwise: number): number => maybe(name, text) ?? otherwise;
  const { json, replay, mutants, only, patch, write, exhaustive, skip = '' } = values;
  if (patch !== undefined && !statSync(patch, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`There is no file ${patch}.`);
  return {
    schedules: maybe('schedules', values.schedules),
    seed: number('seed', values.seed, 1),
    from: number('from', values.from, 0),
    jobs: number('jobs', values.jobs, 1),
    faultySteps: maybe('faulty-steps', values['faulty-steps']),
    skip: skip === '' ? [] : skip.split(',').map((each) => wholeNumber('skip', each)),
    runs: number('runs', values.runs, 5),
    workers: maybe('workers', values.workers),
    signals: maybe('signals', values.signals),
    faults: maybe('faults', values.faults),
    reorders: maybe('reorders', values.reorders),
    seconds: number('seconds', values.seconds, 900),
    ...{ json, replay, mutants, only, patch, write, exhaustive },
  };
}
