/**
 * The test of the test: mutations of the protocol, as patches, each applied to a copy of the source and simulated until a
 * promise is broken. A mutant that survives, or a patch that no longer applies, is a failure.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { UsageError } from '../../infra/usage.ts';
import { bundleSimulator } from './bundle.ts';
import { runChild } from './jobs.ts';
import type { Options } from './options.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(import.meta.dirname, 'mutants');
const MOST_SCHEDULES = 100_000;
/** The runs of a mutant begin this far apart, with 1. */
const APART = 1_000_000;

interface Verdict {
  readonly name: string;
  readonly purpose: string;
  /** Schedules until a promise was broken, for each run; Infinity = survived. */
  readonly schedules: readonly number[];
  /** The broken promises, the most frequent one first. */
  readonly killers: readonly string[];
  readonly problem?: string;
}

export async function listPatches(only: string | undefined): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.patch')).sort();
  const chosen = files.filter((file) => only === undefined || file.includes(only));
  if (chosen.length === 0) throw new UsageError(`There is no mutant with ${only} in its name.`);
  return chosen.map((file) => join(FOLDER, file));
}

/** Prints a table and gives the exit code. */
export async function printMutants(patches: readonly string[], options: Options): Promise<number> {
  const most = options.schedules ?? MOST_SCHEDULES;
  process.stdout.write('| mutant | what it does | killed by | schedules (median) |\n|---|---|---|---|\n');
  const left = [...patches];
  let survivors = 0;
  const work = async (): Promise<void> => {
    for (let patch = left.shift(); patch !== undefined; patch = left.shift()) {
      const verdict = await tryMutant(patch, options.runs, most);
      if (!isKilled(verdict)) survivors += 1;
      process.stdout.write(`${row(verdict)}\n`);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, work));
  process.stdout.write(`\n${patches.length - survivors} of ${patches.length} killed\n`);
  return survivors > 0 ? 1 : 0;
}

/** Applies one patch to a copy and simulates it from `runs` seeds. */
export async function tryMutant(patch: string, runs: number, most: number): Promise<Verdict> {
  const name = basename(patch, '.patch');
  const [purpose = ''] = (await readFile(patch, 'utf8')).split('\n');
  const folder = await mkdtemp(join(tmpdir(), 'sim-mutant-'));
  try {
    const program = await buildMutant(folder, resolve(patch));
    const schedules: number[] = [];
    const killers = new Map<string, number>();
    for (let i = 0; i < runs; i += 1) {
      const totals = await runChild(program, { first: 1 + i * APART, count: most, stopAtFailure: true });
      schedules.push(totals.violations > 0 ? totals.schedules : Infinity);
      const killer = totals.failures[0]?.violations[0]?.split(':')[0];
      if (killer !== undefined) killers.set(killer, (killers.get(killer) ?? 0) + 1);
    }
    const ranked = [...killers].sort(([, a], [, b]) => b - a).map(([killer]) => killer);
    return { name, purpose, schedules: schedules.sort((a, b) => a - b), killers: ranked };
  } catch (error) {
    const problem =
      error instanceof Error ? (error.message.split('\n').find((line) => line !== '') ?? '') : String(error);
    return { name, purpose, schedules: [], killers: [], problem };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function isKilled({ schedules }: Verdict): boolean {
  return schedules.length > 0 && schedules.every((count) => count < Infinity);
}

/** The simulator over the mutated source. */
async function buildMutant(folder: string, patch: string): Promise<string> {
  await cp(join(ROOT, 'lib'), join(folder, 'lib'), { recursive: true });
  await cp(import.meta.dirname, join(folder, 'test/sim'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await promisify(execFile)('git', ['apply', '--whitespace=nowarn', patch], { cwd: folder });
  return bundleSimulator(folder, folder);
}

function row(verdict: Verdict): string {
  const { name, purpose, schedules, killers, problem } = verdict;
  const middle = schedules[Math.floor(schedules.length / 2)] ?? 0;
  const result = problem === undefined ? (isKilled(verdict) ? String(middle) : 'survived') : `failed: ${problem}`;
  return `| ${name} | ${purpose} | ${killers.join(', ')} | ${result} |`;
}
