import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from '../../infra/build/build.ts';
import { ROOT } from '../../infra/roots.ts';

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
  await assert.rejects(build({ app: join(folder, 'none.ts'), outDir: join(folder, 'dist') }), /none\.ts/);
});

test('the build reports why the definition refuses an app', async () => {
  const source = `
    import { defineApp, defineFlow } from ${LIB};
    export default defineApp({ flows: [defineFlow({ name: 'a b' })], resources: {} });`;
  await assert.rejects(buildOf(source), { name: 'FlowError', code: 'definition_invalid' });
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
