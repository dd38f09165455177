/** Runs a workload from a bundle, as a deployed worker runs: the loader of the sources makes each closure slower. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Measured } from './measured.ts';

const ENTRY = fileURLToPath(new URL('measure.ts', import.meta.url));

/** @throws Error when the run fails or its result is wrong */
export async function benchBundled(asked: Measured): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const outfile = join(folder, 'bench.mjs');
    const external = ['*/embedded-rig.ts'];
    await build({ entryPoints: [ENTRY], outfile, external, bundle: true, platform: 'node', format: 'esm' });
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, JSON.stringify(asked)]);
    return JSON.parse(stdout) as object;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
