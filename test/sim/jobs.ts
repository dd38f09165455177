/** Splits a run over child processes; the result is the same whatever their number. */
import { fork } from 'node:child_process';
import { join, NOTHING, type Range, runRange, type Totals } from './run.ts';

export async function runJobs({ first, count }: Range, jobs: number): Promise<Totals> {
  if (jobs <= 1) return runRange({ first, count });
  const share = Math.ceil(count / jobs);
  const parts = Array.from({ length: jobs }, (_, i) => ({
    first: first + i * share,
    count: Math.max(0, Math.min(share, count - i * share)),
  }));
  const totals = await Promise.all(parts.map(runChild));
  return totals.reduce(join, NOTHING);
}

function runChild(range: Range): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const [, script = ''] = process.argv;
    const child = fork(script, ['--child', JSON.stringify(range)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let totals: Totals | undefined;
    child.once('message', (message) => {
      totals = message as Totals;
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (totals) resolve(totals);
      else reject(new Error(`a job ended with exit code ${code} and without a result`));
    });
  });
}
