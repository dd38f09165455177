/** `npm test -- [file]...`: builds and runs all quick tests, or the given ones. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { ROOT } from '../../infra/roots.ts';
import { bundleTests } from './bundle.ts';
import { groupTests } from './groups.ts';

/** One more than there are processors: some tests wait for a server most of the time. */
const PROCESSES = availableParallelism() + 1;

/** `npm run check:template` runs these. */
const OF_THE_TEMPLATE = join('test', 'infra');

const given = process.argv.slice(2).map((file) => relative(ROOT, resolve(file)));
const found = await readdir(join(ROOT, 'test'), { recursive: true });
const files = found
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))
  .filter((file) => !file.startsWith(OF_THE_TEMPLATE));

const local = join(ROOT, '.local');
await mkdir(local, { recursive: true });
const outDir = await mkdtemp(join(local, 'tests-'));
try {
  const built = await bundleTests(await groupTests(given.length > 0 ? given : files.sort()), outDir);
  const args = ['--enable-source-maps', '--test', `--test-concurrency=${PROCESSES}`, ...built];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  process.exitCode = await new Promise((done, failed) => {
    child.on('error', failed).on('close', (code) => done(code ?? 1));
  });
} finally {
  await rm(outDir, { recursive: true });
}
