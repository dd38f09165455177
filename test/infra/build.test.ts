import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from '../../infra/build/build.ts';
import { buildProblem } from '../../infra/build/problem.ts';
import { ROOT } from '../../infra/roots.ts';
import type { FlowError } from '../../lib/index.ts';
// An app that imports the package by its name loads its TypeScript.
import 'tsx';

const LIB = JSON.stringify(join(ROOT, 'lib/index.ts'));

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flow-build-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function buildOf(source: string) {
  const app = join(folder, 'app.ts');
  await writeFile(app, source);
  return build({ app, outDir: join(folder, 'dist') });
}

test('the build names a module that exports no app and builds nothing', async () => {
  const wrong = [
    'export const app = 1;',
    'export default {};',
    'export default { flows: [] };',
    'export default null;',
  ];
  for (const source of wrong) {
    await assert.rejects(
      buildOf(source),
      { message: /^\S+app\.ts exports no app\. Write "export default defineApp/ },
      source,
    );
  }
  assert.deepEqual(await readdir(folder), ['app.ts']);
});

test('the build names a missing app module', async () => {
  await assert.rejects(build({ app: join(folder, 'none.ts'), outDir: join(folder, 'dist') }), {
    message: /^There is no app module \S+none\.ts\. FLOW_APP or "#app"/,
  });
});

test('the build reports why the definition refuses an app', async () => {
  const source = `
    import { defineApp, defineFlow } from ${LIB};
    export default defineApp({ flows: [defineFlow({ name: 'a b' })], resources: {} });`;
  await assert.rejects(buildOf(source), ({ cause }: { cause: FlowError }) => {
    assert.equal(cause.code, 'definition_invalid');
    return true;
  });
});

async function problemOf(source: string): Promise<string> {
  return buildOf(source).then(() => 'built', buildProblem);
}

test('the build names the place of an error in the sources, without a stack', async () => {
  assert.match(await problemOf('export default {\n  flows: [;\n};'), /^\S+app\.ts:2:11: Unexpected ";"$/);
  assert.match(await problemOf("import './none.ts';"), /^\S+app\.ts:1:8: Could not resolve "\.\/none\.ts"$/);
  const thrown = await problemOf('\nfunction fail() {\n  throw new Error("no key");\n}\nfail();\nexport default {};');
  assert.match(thrown, /^\S+app\.ts:3:\d+: no key$/);
  const refused = await problemOf(`import { defineFlow } from ${LIB};\n\ndefineFlow({ name: 'a b' });`);
  assert.match(refused, /^\S+app\.ts:3:\d+: [^\n]+a b[^\n]+$/);
});

test('the build names a package that the app lacks, and the source that imports it', async () => {
  const problem = await problemOf("import { a } from 'no-such-package/part';\nexport default a;");
  assert.match(problem, /^\S+app\.ts: the package no-such-package is not installed\. Run: p?npm \w+ no-such-package$/);
});

test('the build names resources that a flow declares and the app does not make', async () => {
  const source = (resources: string) => `
    import { defineApp, defineFlow, resource } from ${LIB};
    const flow = defineFlow({ name: 'mails', resources: { mailer: resource(), clock: resource() } });
    export default defineApp({ flows: [flow], resources: ${resources} });`;
  assert.equal(
    await problemOf(source('{ clock: () => 1 }')),
    [
      'Flow "mails" declares the resource "mailer", which the app does not make.',
      'Add a factory for it to the resources of defineApp.',
    ].join('\n'),
  );
  assert.equal(await problemOf(source('{ clock: () => 1, mailer: () => 1 }')), 'built');
});

test('the build lists flows by name, each once', async () => {
  const source = `
    import { defineApp, defineFlow } from ${LIB};
    const first = defineFlow({ name: 'one' });
    const second = defineFlow({ name: 'one' });
    second.to('a', () => null);
    export default defineApp({ flows: [first, second, defineFlow({ name: 'two' })], resources: {} });`;
  assert.deepEqual((await buildOf(source)).flows, ['one', 'two']);
});

test('the build lets an app import the package by every exported name, from any folder', async () => {
  const { exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { exports: object };
  const names = Object.keys(exports).map((path) => join('durable-triggerflow', path));
  assert.ok(names.length > 1);
  const source = `
    import { defineApp, defineFlow } from 'durable-triggerflow';
    ${names.map((name, i) => `import * as part${i} from '${name}';`).join('\n')}
    const parts = [${names.map((_, i) => `part${i}`).join()}];
    const flow = defineFlow({ name: 'parts' });
    flow.to('count', () => parts.map((part) => Object.keys(part).length));
    export default defineApp({ flows: [flow], resources: {} });`;
  const { metafile } = await buildOf(source);
  const inputs = Object.keys(metafile.inputs);
  for (const file of Object.values(exports)) assert.ok(inputs.includes(join(file)), file);
});

test('the build adds source maps only on request', async () => {
  const app = join(folder, 'app.ts');
  await writeFile(
    app,
    `import { defineApp, defineFlow } from ${LIB};
    export default defineApp({ flows: [defineFlow({ name: 'one' })], resources: {} });`,
  );
  const files = async (outDir: string) =>
    (await readdir(outDir, { recursive: true })).filter((name) => /\.map$/.test(name));
  await build({ app, outDir: join(folder, 'packaged') });
  assert.deepEqual(await files(join(folder, 'packaged')), []);
  assert.ok(!(await readFile(join(folder, 'packaged/step/index.mjs'), 'utf8')).includes('sourceMappingURL'));
  await build({ app, outDir: join(folder, 'local'), sourceMaps: true });
  assert.ok((await files(join(folder, 'local'))).includes(join('step', 'index.mjs.map')));
});
