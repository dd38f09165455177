import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { appOf } from '../../infra/build/build.ts';
import { readLine } from '../../infra/cli/program.ts';
import { writeProject } from '../../infra/init/files.ts';
import { readPlace } from '../../infra/init/init.ts';
import { managerOf } from '../../infra/init/manager.ts';
import { packagesOf, pnpmSettings, projectManifest } from '../../infra/init/manifest.ts';
import { sourceOfPackage } from '../../infra/init/source.ts';
import { readAs, readService } from '../../infra/local/service/includes.ts';
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

async function placeOf(args: readonly string[], packages: readonly string[] = []) {
  const line = await readLine(['init', ...args], '0.0.0');
  assert.equal(line.kind, 'run');
  return readPlace(line.kind === 'run' ? line.given : assert.fail(), packages);
}

test('init takes a folder that is not there, is empty, or has what a new repository has', async () => {
  for (const file of ['.git/HEAD', '.gitignore', 'README.md', 'LICENSE']) await write(`repository/${file}`, '');
  await mkdir(join(folder, 'empty'));
  for (const name of ['absent', 'empty', 'repository', 'empty/a/b']) {
    const place = await placeOf([join(folder, name)]);
    assert.deepEqual(place, { folder: join(folder, name), name: name.split('/').at(-1) });
  }
  assert.deepEqual(await placeOf([join(folder, 'My App'), '--name', 'my-app']), {
    ...{ folder: join(folder, 'My App'), name: 'my-app' },
  });
});

test('init says in one line why it takes neither the folder nor the name', async () => {
  await write('full/app.ts', '');
  const wrong: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [[], /^Missing required argument 'folder'\./],
    [[''], /^The folder is empty\. Give one\.$/],
    [['a', 'b'], /^Too many arguments for 'init'\./],
    [[join(folder, 'full')], /full is not empty: it has app\.ts\.$/],
    [[join(folder, 'full/app.ts'), '--name', 'app'], /^There is a file where the folder \S+app\.ts would be\.$/],
    [[join(folder, 'full/app.ts/my-app')], /^There is a file where/],
    [['My-App'], /^The project cannot be called "My-App": npm refuses capital letters\. Use 1 to 32 /],
    [['my_app'], /accept only letters, digits and hyphens/],
    [["it's"], /accept only letters, digits and hyphens/],
    [['--', '-app'], /letter at the beginning/],
    [['2nd'], /letter at the beginning/],
    [['my-app-'], /hyphen at the end/],
    [['a'.repeat(33)], /more than 32 characters/],
    [['zod'], /depends on a package of this name/],
    [['durable-triggerflow'], /depends on a package of this name/],
    [[join(folder, 'absent'), '--name='], /it is empty/],
  ];
  for (const [args, message] of wrong) {
    await assert.rejects(placeOf(args, packagesOf(PUBLISHED)), (error: Error) => {
      assert.equal(error.name, 'UsageError', `${args}: ${error.message}`);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

test('init overwrites no file, and adds to .gitignore what it lacks', async () => {
  await write('kept/README.md', 'mine, of my-app');
  await write('kept/.gitignore', 'node_modules\n*.log');
  const at = join(folder, 'kept');
  const kept = await writeProject({ folder: at, name: 'shop', manager: 'npm' }, { 'package.json': '{}' });
  assert.deepEqual(kept, ['README.md']);
  const read = (file: string) => readFile(join(at, file), 'utf8');
  assert.equal(await read('README.md'), 'mine, of my-app');
  assert.equal(await read('.gitignore'), 'node_modules\n*.log\ndist/\n.serverless/\n.local/\n');
  assert.match(await read('serverless.yml'), /^service: shop$/m);
  assert.equal(await read('package.json'), '{}');
  assert.ok(!(await readdir(at)).includes('gitignore'));
});

test('the README of a project has its name and the commands of its package manager', async () => {
  for (const manager of ['npm', 'pnpm'] as const) {
    await writeProject({ folder: join(folder, `by-${manager}`), name: 'shop', manager }, {});
    const text = await readFile(join(folder, `by-${manager}`, 'README.md'), 'utf8');
    assert.match(text, /^# shop\n/);
    assert.match(text, new RegExp(`^ +${manager} install && ${manager} start$`, 'm'));
  }
  assert.equal(managerOf('pnpm/12.21.0 npm/? node/v24.1.0'), 'pnpm');
  assert.equal(managerOf('npm/11.6.0 node/v24.1.0'), 'npm');
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

test('a serverless.yml that cannot be read is named, with what to do', async () => {
  const at = (name: string) => join(folder, name);
  await assert.rejects(readService(at('nowhere')), {
    message: /nowhere\/serverless\.yml\. Run the command in the folder of/,
  });
  await write('uninstalled/serverless.yml', `a: $\{file(node_modules/x/service.yml)}`);
  await assert.rejects(readService(at('uninstalled')), {
    message: /There is no \S+x\/service\.yml\. serverless\.yml includes it; install the packages\.$/,
  });
  await write('broken/serverless.yml', 'a: 1\n  b: [2');
  await assert.rejects(readService(at('broken')), { message: /^serverless\.yml: .* at line 1/ });
  await write('blank/serverless.yml', '# nothing');
  await assert.rejects(readService(at('blank')), { message: 'serverless.yml has no keys.' });
  assert.throws(() => readAs(z.object({ params: z.string() }), {}), {
    message: /^serverless\.yml cannot be read:\n.*\n.*at params/,
  });
});
