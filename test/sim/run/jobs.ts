/** Splits a run over child processes; the result does not depend on their number. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath, resolve } from 'node:path';
import { bundleSimulator } from './bundle.ts';
import { join, NOTHING, type Range, stuckBehind, type Totals } from './run.ts';

/** A schedule takes some hundredths of a second; a longer one counts as endless (ms). */
const PATIENCE = 120_000;

export async function runJobs({ first, count }: Range, jobs: number): Promise<Totals> {
  const share = Math.ceil(count / jobs);
  const parts = Array.from({ length: jobs }, (_, i) => ({
    first: first + i * share,
    count: Math.max(0, Math.min(share, count - i * share)),
  }));
  const folder = await mkdtemp(joinPath(tmpdir(), 'sim-'));
  try {
    const program = await bundleSimulator(resolve(import.meta.dirname, '../../..'), folder);
    const totals = await Promise.all(parts.map((range) => runChild(program, range)));
    return totals.reduce(join, NOTHING);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a range in its own process. An endless schedule is a violation and ends the range. */
export function runChild(program: string, range: Range, patience = PATIENCE): Promise<Totals> {
  return new Promise((resolve, reject) => {
    const args = ['--max-semi-space-size=32', program, JSON.stringify(range)];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    let isStuck = false;
    const patient = setTimeout(() => {
      isStuck = true;
      child.kill('SIGKILL');
    }, patience);
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      patient.refresh();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(patient);
      if (isStuck) return resolve(stuckBehind(range, text.length));
      if (code === 0) resolve(JSON.parse(text) as Totals);
      else reject(new Error(`a job ended with exit code ${code}`));
    });
  });
}
