/** Splits a run over child processes; the result is the same whatever their number. */
import { spawn } from 'node:child_process';
import { join as joinPath } from 'node:path';
import { join, NOTHING, type Range, runRange, type Totals } from './run.ts';

export async function runJobs({ first, count }: Range, jobs: number): Promise<Totals> {
  if (jobs <= 1) return runRange({ first, count });
  const share = Math.ceil(count / jobs);
  const parts = Array.from({ length: jobs }, (_, i) => ({
    first: first + i * share,
    count: Math.max(0, Math.min(share, count - i * share)),
  }));
  const script = [...process.execArgv, joinPath(import.meta.dirname, 'child.ts')];
  const totals = await Promise.all(parts.map((range) => runChild(script, range)));
  return totals.reduce(join, NOTHING);
}

/** Runs a range in a process of its own. */
export function runChild(script: readonly string[], range: Range): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...script, JSON.stringify(range)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as Totals);
      else reject(new Error(`a job ended with exit code ${code}`));
    });
  });
}
