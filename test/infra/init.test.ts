import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { appOf } from '../../infra/build/build.ts';
import { pnpmSettings, projectManifest } from '../../infra/init/manifest.ts';
import { sourceOfPackage } from '../../infra/init/source.ts';
import { readService } from '../../infra/local/includes.ts';
import { manifestOf } from '../../infra/package/manifest.ts';
import { ROOT } from '../../infra/roots.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flow-init-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const PUBLISHED = JSON.stringify(manifestOf(await readFile(join(ROOT, 'package.json'), 'utf8')));

async function write(path: string, value: unknown): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), typeof value === 'string' ? value : JSON.stringify(value));
}

/** Where a new project beside `from` gets the package, when that is what `from` depends on. */
async function sourceWhere(name: string, dependencies: Readonly<Record<string, string>>): Promise<string> {
  const root = `${name}/node_modules/durable-triggerflow`;
  await write(`${name}/package.json`, { name: 'npx', dependencies });
  await write(`${root}/package.json`, { name: 'durable-triggerflow', version: '0.2.0' });
  return sourceOfPackage(join(folder, 'my-app'), join(folder, root));
}

test('a new project gets the package from where init was installed from', async () => {
  const sourceOf = (spec: string) => sourceWhere('npx', { 'durable-triggerflow': spec });
  assert.equal(await sourceOf('file:../durable-triggerflow-0.2.0.tgz'), 'file:../durable-triggerflow-0.2.0.tgz');
  assert.equal(
    await sourceOf('file:/elsewhere/a.tgz'),
    `file:${join('../'.repeat(folder.split('/').length), 'elsewhere/a.tgz')}`,
  );
  assert.equal(await sourceOf('https://example.com/a.tgz'), 'https://example.com/a.tgz');
  assert.equal(await sourceOf('^0.2.0'), '^0.2.0');
  assert.equal(await sourceOf('latest'), '^0.2.0');
  assert.equal(await sourceWhere('global', {}), '^0.2.0');
});

test('the published package has no dependency that only its own development needs', () => {
  const { private: hidden, scripts, dependencies, peerDependencies, exports } = JSON.parse(PUBLISHED);
  assert.deepEqual({ hidden, scripts }, { hidden: undefined, scripts: undefined });
  for (const tool of ['zod', 'dynalite', 'esbuild', 'fauxqs', 'osls']) {
    assert.ok(Object.hasOwn(peerDependencies, tool) && !Object.hasOwn(dependencies, tool), tool);
  }
  assert.deepEqual(exports['./lambda'], { types: './lib/lambda.d.ts', default: './lib/lambda.js' });
});

test('settings of install scripts are where the package manager reads them', () => {
  const npm = projectManifest('my-app', '^0.2.0', PUBLISHED, 'npm');
  const pnpm = projectManifest('my-app', '^0.2.0', PUBLISHED, 'pnpm');
  assert.deepEqual(npm.dependencies, pnpm.dependencies);
  assert.ok('allowScripts' in npm && 'overrides' in npm);
  assert.ok(!('allowScripts' in pnpm) && !('overrides' in pnpm));
  assert.match(pnpmSettings(PUBLISHED), /^allowBuilds:\n {2}classic-level: true\n/);
});

test('the app of a project is the one that its package.json imports', async () => {
  await write('named/package.json', { imports: { '#app': './app.ts' } });
  assert.equal(await appOf(join(folder, 'named')), join(folder, 'named/app.ts'));
  await write('unnamed/package.json', {});
  await assert.rejects(appOf(join(folder, 'unnamed')), /unnamed names no app\. Write "imports"/);
  await assert.rejects(appOf(join(folder, 'none')), /none names no app/);
});

test('serverless.yml takes in whole files and keys of files, and files take in others', async () => {
  const file = (path: string, key = '') => `$\{file(${path})${key}}`;
  await write(
    'service/serverless.yml',
    `a: ${file('t/a.yml')}\nb: [{ c: "${file('t/b.yml', ':deep.key')}" }]\nresources: ${file('none.yml')}`,
  );
  await write('service/t/a.yml', `x: 1\ny: ${file('t/b.yml', ':deep')}`);
  await write('service/t/b.yml', 'deep: { key: found }');
  assert.deepEqual(await readService(join(folder, 'service')), {
    a: { x: 1, y: { key: 'found' } },
    b: [{ c: 'found' }],
  });
});
