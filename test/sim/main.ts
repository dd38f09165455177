/** The command line of the simulator: runs, replays, mutants, exhaustive search. */
import { readOrExit } from '../../infra/cli/usage.ts';
import { printExplorations } from './exhaustive/exhaustive.ts';
import { listMutants, mutantOfPatch, printMutants } from './mutants/run-mutants.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { runJobs } from './run/jobs.ts';
import { STUCK, type Totals, workloadOf } from './run/run.ts';
import { runSchedule } from './run/schedule.ts';
import { shrink } from './run/shrink.ts';
import { missedRaces } from './world/races.ts';

const FAILURES_SHOWN = 3;

process.exitCode = await main(await readOrExit(USAGE, () => readOptions(process.argv.slice(2))));

async function main(options: Options): Promise<number> {
  Error.stackTraceLimit = options.replay ? 10 : 0;
  if (options.replay) return replay(options);
  if (options.patch !== undefined) return printMutants([mutantOfPatch(options.patch)], options);
  if (options.mutants) return printMutants(await readOrExit(USAGE, () => listMutants(options.only)), options);
  if (options.exhaustive) return printExplorations(options, (text) => print(text, 0));
  return run(options);
}

async function run({ seed, from, schedules = 1_000, jobs, json }: Options): Promise<number> {
  const began = performance.now();
  const totals = await runJobs({ first: seed + from, count: schedules }, jobs);
  const seconds = (performance.now() - began) / 1_000;
  const missed = missedRaces(totals.counters, totals.schedules);
  const { failures, violations, faults, counters, traceHash } = totals;
  const report = {
    schedules: totals.schedules,
    violations,
    schedulesPerSecond: Math.round(totals.schedules / seconds),
    faults,
    counters,
    traceHash,
    ...(missed.length > 0 ? { missed } : {}),
    ...(failures.length > 0 ? { failures } : {}),
  };
  if (json) print(`${JSON.stringify(report, undefined, 2)}\n`, 0);
  else await printReport(report, totals);
  return violations > 0 || missed.length > 0 ? 1 : 0;
}

async function printReport(report: object, { failures }: Totals): Promise<void> {
  const ended = failures.filter(({ violations }) => !violations.includes(STUCK));
  for (const { seed } of ended.slice(0, FAILURES_SHOWN)) await printShrunk(seed);
  print(`${JSON.stringify(report, undefined, 2)}\n`, 0);
}

async function printShrunk(seed: number): Promise<void> {
  const shrunk = await shrink(seed, workloadOf(seed));
  if (!shrunk) return;
  const { faultySteps, skipped, result } = shrunk;
  const skip = skipped.size > 0 ? ` --skip ${[...skipped].join()}` : '';
  print(`${result.lines.join('\n')}\nseed ${seed}, ${result.workload}: ${result.violations.join('; ')}\n`, 0);
  print(`npm run -s sim -- --seed ${seed} --replay --faulty-steps ${faultySteps}${skip}\n\n`, 0);
}

async function replay({ seed, from, faultySteps, skip }: Options): Promise<number> {
  const result = await runSchedule({
    seed: seed + from,
    workload: workloadOf(seed + from),
    trace: true,
    ...(faultySteps === undefined ? {} : { faultySteps }),
    skipped: new Set(skip),
  });
  const end = result.violations.length === 0 ? 'ended as promised' : result.violations.join('; ');
  return print(
    `${result.lines.join('\n')}\nseed ${seed + from}, ${result.workload}: ${end}\ntrace ${result.traceHash}\n`,
    result.violations.length > 0 ? 1 : 0,
  );
}

function print(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}
