/** `npm run -s bench -- coldstart`: sizes of the zipped functions, and how long each takes to be ready under the runtime client. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, FUNCTIONS } from '../../infra/build/build.ts';
import { oslsPackage } from '../../infra/deploy/osls.ts';
import { ROOT } from '../../infra/roots.ts';
import { startLambda } from '../servers/functions/runtime-client.ts';

export interface ColdStart {
  readonly zipBytes: number;
  /** From the start of the process until it asks for work; the median of the runs. */
  readonly coldStartMs: number;
}

const RUNS = 5;

/** @throws Error on a Node that the runtime client does not run on */
export async function coldStart(): Promise<Readonly<Record<string, ColdStart>>> {
  if (Number(process.versions.node.split('.')[0]) < 22) throw new Error('coldstart needs Node 22 or later.');
  const folder = await mkdtemp(join(tmpdir(), 'flow-coldstart-'));
  try {
    const { outDir } = await build();
    await oslsPackage(ROOT, ['--package', folder]);
    const measured: Record<string, ColdStart> = {};
    for (const fn of FUNCTIONS) {
      const { size } = await stat(join(folder, `${fn}.zip`));
      const times: number[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        const lambda = await startLambda({ root: join(outDir, fn), file: 'index', env: {} });
        times.push(lambda.coldStartMs);
        await lambda.close();
      }
      const median = times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
      measured[fn] = { zipBytes: size, coldStartMs: Math.round(median) };
    }
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
