/** `npm run test:package`: packs the package, and uses it as strangers would, in folders outside of the repository. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrExit } from '../../infra/cli/usage.ts';
import type { Manager } from '../../infra/init/manager.ts';
import { buildPackage } from '../../infra/package/main.ts';
import { ROOT } from '../../infra/roots.ts';
import { tryConsumer } from './consumer.ts';
import { runOnMiniStack } from './ministack.ts';
import { readOptions, USAGE } from './options.ts';
import { makeProject, type Timed } from './project.ts';
import { createShell, type Shell } from './shell.ts';

const PNPM = 'pnpm@12.21.0';
const MANAGERS: readonly Manager[] = ['npm', 'pnpm'];

const seconds = (since: number) => `${Math.round((performance.now() - since) / 100) / 10} s`;

const timed: Timed = async (what, work) => {
  const start = performance.now();
  const result = await work();
  process.stdout.write(`  ${what}: ${seconds(start)}\n`);
  return result;
};

const { stack } = await readOrExit(USAGE, () => readOptions(process.argv.slice(2)));
const folder = await mkdtemp(join(tmpdir(), 'flow-package-'));
const start = performance.now();
try {
  process.stdout.write('package\n');
  await timed('build', () => buildPackage());
  const shell = createShell();
  const pack = `npm pack --silent --pack-destination '${folder}' ./dist/package`;
  const tarball = join(folder, (await timed('pack', () => shell.run(pack, ROOT))).trim());
  if (stack) await deploy(shell, tarball);
  else await use(shell, tarball);
  if (!process.exitCode) process.stdout.write(`all passed (${seconds(start)})\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function use(shell: Shell, tarball: string): Promise<void> {
  await timed('types, imports, publint and are-the-types-wrong', () =>
    tryConsumer(shell, join(folder, 'consumer'), tarball),
  );
  const tools = join(folder, 'tools');
  await mkdir(tools);
  await shell.run(`npm install --no-audit --prefix '${tools}' ${PNPM}`, tools);
  const withPnpm = createShell([join(tools, 'node_modules/.bin')]);
  for (const manager of MANAGERS) {
    process.stdout.write(`${manager}\n`);
    await makeProject(manager, withPnpm, join(folder, manager), tarball, timed);
  }
}

async function deploy(shell: Shell, tarball: string): Promise<void> {
  process.stdout.write('npm\n');
  const project = await makeProject('npm', shell, join(folder, 'npm'), tarball, timed);
  process.exitCode = await runOnMiniStack(project);
}
