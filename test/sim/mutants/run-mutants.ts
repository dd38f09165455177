/**
 * Tests of the simulator: mutants of the protocol, each applied to a copy of the source and simulated until a promise is broken.
 * A mutant that survives, or no longer applies, is a failure.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../../infra/cli/usage.ts';
import type { Options } from '../options.ts';
import { bundleSimulator } from '../run/bundle.ts';
import { runChild } from '../run/jobs.ts';
import { MUTANTS } from './index.ts';
import { applyMutant, type Mutant } from './mutant.ts';
import { type Result, rowOf, writeResults } from './results.ts';

export const ROOT = resolve(import.meta.dirname, '../../..');
const MOST_SCHEDULES = 100_000;
/** Distance of the first seeds of two runs of a mutant, starting at 1. */
const APART = 1_000_000;

interface Verdict {
  readonly name: string;
  readonly purpose: string;
  /** Schedules until a promise was broken, for each run; Infinity = survived. */
  readonly schedules: readonly number[];
  /** The broken promises, the most frequent one first, and the workloads that broke them. */
  readonly killers: readonly string[];
  readonly workloads: readonly string[];
  readonly problem?: string;
}

/** A mutant of this project, or a patch whose first line states the broken rule. */
export type Candidate =
  | { readonly name: string; readonly mutant: Mutant }
  | { readonly name: string; readonly patch: string };

/** @throws UsageError where no mutant has `only` in its name */
export function listMutants(only = ''): readonly Candidate[] {
  const chosen = Object.entries(MUTANTS).filter(([name]) => name.includes(only));
  if (chosen.length === 0) throw new UsageError(`There is no mutant with ${only} in its name.`);
  return chosen.map(([name, mutant]) => ({ name, mutant })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function mutantOfPatch(patch: string): Candidate {
  return { name: basename(patch, '.patch'), patch: resolve(patch) };
}

/** Prints a table, writes it on request, and returns the exit code. */
export async function printMutants(candidates: readonly Candidate[], options: Options): Promise<number> {
  const most = options.schedules ?? MOST_SCHEDULES;
  const version = options.runs > 0 ? await versionOf() : undefined;
  if (options.write) writeResults(MUTANTS, version, {});
  if (version === undefined) return 0;
  process.stdout.write(
    '| mutant | what it breaks | promise | workload | schedules | runs | version |\n|---|---|---|---|---|---|---|\n',
  );
  const left = [...candidates];
  let survivors = 0;
  const work = async (): Promise<void> => {
    for (let candidate = left.shift(); candidate; candidate = left.shift()) {
      const verdict = await tryMutant(candidate, options.runs, most);
      if (!isKilled(verdict)) survivors += 1;
      const result = resultOf(verdict, most, version);
      process.stdout.write(`${rowOf(verdict.name, verdict.purpose, result)}\n`);
      // A mutant that could not be tried keeps its old result.
      if (options.write && !verdict.problem) writeResults(MUTANTS, version, { [verdict.name]: result });
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, work));
  process.stdout.write(`\n${candidates.length - survivors} of ${candidates.length} killed\n`);
  return survivors > 0 ? 1 : 0;
}

/** Applies one mutant to a copy and simulates it from `runs` seeds. */
export async function tryMutant(candidate: Candidate, runs: number, most: number): Promise<Verdict> {
  const { name } = candidate;
  const purpose = await purposeOf(candidate);
  const folder = await mkdtemp(join(tmpdir(), 'sim-mutant-'));
  try {
    const program = await buildMutant(folder, candidate);
    const schedules: number[] = [];
    const killers: string[] = [];
    const workloads: string[] = [];
    for (let i = 0; i < runs; i += 1) {
      const totals = await runChild(program, { first: 1 + i * APART, count: most, stopAtFailure: true });
      schedules.push(totals.violations > 0 ? totals.schedules : Infinity);
      const [failure] = totals.failures;
      if (!failure) continue;
      killers.push(failure.violations[0]?.split(':')[0] ?? '');
      workloads.push(failure.workload);
    }
    schedules.sort((a, b) => a - b);
    return { name, purpose, schedules, killers: ranked(killers), workloads: ranked(workloads) };
  } catch (error) {
    const problem =
      error instanceof Error ? (error.message.split('\n').find((line) => line !== '') ?? '') : String(error);
    return { name, purpose, schedules: [], killers: [], workloads: [], problem };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function isKilled({ schedules }: Verdict): boolean {
  return schedules.length > 0 && schedules.every((count) => count < Infinity);
}

/** The simulator over the mutated source. */
async function buildMutant(folder: string, candidate: Candidate): Promise<string> {
  await cp(join(ROOT, 'lib'), join(folder, 'lib'), { recursive: true });
  await cp(join(ROOT, 'test/sim'), join(folder, 'test/sim'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  if ('patch' in candidate)
    await promisify(execFile)('git', ['apply', '--whitespace=nowarn', candidate.patch], { cwd: folder });
  else {
    const texts = await applyMutant(candidate.mutant, (file) => readFile(join(folder, file), 'utf8'));
    for (const [file, text] of texts) await writeFile(join(folder, file), text);
  }
  return bundleSimulator(folder, folder);
}

async function purposeOf(candidate: Candidate): Promise<string> {
  if ('mutant' in candidate) return candidate.mutant.breaks;
  const [first = ''] = (await readFile(candidate.patch, 'utf8')).split('\n');
  return first;
}

function resultOf({ schedules, killers, workloads, problem }: Verdict, most: number, version: string): Result {
  const middle = schedules[Math.floor(schedules.length / 2)] ?? 0;
  const killed = schedules.every((count) => count < Infinity) ? String(middle) : `survived ${most}`;
  return {
    promises: killers.join(', '),
    workloads: workloads.join(', '),
    schedules: problem === undefined ? killed : `failed: ${problem}`,
    runs: String(schedules.length),
    version,
  };
}

/** Distinct values, the most frequent first. */
function ranked(names: readonly string[]): readonly string[] {
  const times = (name: string) => names.filter((each) => each === name).length;
  return [...new Set(names)].sort((a, b) => times(b) - times(a));
}

/** A digest of the unmutated simulator, without comments. */
async function versionOf(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sim-version-'));
  try {
    const program = await readFile(await bundleSimulator(ROOT, folder), 'utf8');
    return createHash('sha256').update(program).digest('hex').slice(0, 7);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
