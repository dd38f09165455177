/** The package in a project that checks types as strictly as it can, and under each version of Node. */
import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ROOT } from '../../infra/roots.ts';
import type { Shell } from './shell.ts';

const NODES = ['20.19.0', '22', '24'];
const PUBLINT = 'publint@0.3.25';
const TYPES_WRONG = '@arethetypeswrong/cli@0.18.5';

const Manifest = z.object({
  exports: z.record(z.string(), z.unknown()),
  devDependencies: z.record(z.string(), z.string()),
  peerDependencies: z.object({ '@aws-sdk/client-s3': z.string(), '@opentelemetry/api': z.string() }),
});

/** @throws Error that names what a consumer would see */
export async function tryConsumer(shell: Shell, folder: string, tarball: string): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const own = Manifest.parse(JSON.parse(await readFile(join(ROOT, 'dist/package/package.json'), 'utf8')));
  const { typescript = '', '@types/node': node = '' } = own.devDependencies;
  const { '@aws-sdk/client-s3': s3, '@opentelemetry/api': otel } = own.peerDependencies;
  const optional = [`@aws-sdk/client-s3@${s3}`, `@opentelemetry/api@${otel}`];
  const beside = ['zod', `typescript@${typescript}`, `@types/node@${node}`, ...optional];
  await shell.run(`npm install --no-audit '${tarball}' ${beside.map((each) => `'${each}'`).join(' ')}`, folder);
  const entries = Object.keys(own.exports).filter((path) => path !== './package.json');
  const names = entries.map((path) => `durable-triggerflow${path.slice(1)}`);
  await compiles(shell, folder, names);
  await imports(shell, folder, names);
  await shell.run(`npx -y ${PUBLINT} --strict node_modules/durable-triggerflow`, folder);
  await shell.run(`npx -y ${TYPES_WRONG} --profile esm-only '${tarball}'`, folder);
}

async function compiles(shell: Shell, folder: string, names: readonly string[]): Promise<void> {
  for (const example of ['01-refund-approval', '06-policy-approval']) {
    await cp(join(ROOT, `functions/flows/${example}.ts`), join(folder, `${example}.ts`));
    const text = await readFile(join(folder, `${example}.ts`), 'utf8');
    const named = text.replaceAll(/'\.\.\/\.\.\/lib\/(\w+)\.ts'/g, (_, entry: string) =>
      entry === 'index' ? "'durable-triggerflow'" : `'durable-triggerflow/${entry}'`,
    );
    await writeFile(join(folder, `${example}.ts`), named);
  }
  const uses = [
    "import { defineApp } from 'durable-triggerflow';",
    "import { stepHandler } from 'durable-triggerflow/lambda';",
    "import { createTestkit } from 'durable-triggerflow/testing';",
    "import { createLogNotifier, refundApproval } from './01-refund-approval.js';",
    "export * as policy from './06-policy-approval.js';",
    ...names.map((name, i) => `export * as entry${i} from '${name}';`),
    'export const app = defineApp({ flows: [refundApproval], resources: { notifier: createLogNotifier } });',
    'export const handler = stepHandler(app);',
    'export const kit = createTestkit(app);',
  ];
  await writeFile(join(folder, 'uses.ts'), uses.join('\n'));
  for (const [moduleResolution, module] of [
    ['node16', 'node16'],
    ['bundler', 'esnext'],
  ]) {
    for (const exactOptionalPropertyTypes of [true, false]) {
      const strict = { strict: true, skipLibCheck: false, exactOptionalPropertyTypes };
      const compilerOptions = { ...strict, module, moduleResolution, target: 'es2022', types: ['node'], noEmit: true };
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['uses.ts'] }));
      await shell.run('npx tsc', folder);
    }
  }
}

/** Globals that zod and the AWS SDK make. */
const FOREIGN = /^(__zod_|awslambda$)/;

/** On plain Node. Importing leaves no trace: no global, no changed environment, nothing that keeps the process alive. */
async function imports(shell: Shell, folder: string, names: readonly string[]): Promise<void> {
  const program = `
    const before = new Set(Object.keys(globalThis));
    const env = JSON.stringify(process.env);
    const modules = [];
    for (const name of ${JSON.stringify(names)}) modules.push(Object.keys(await import(name)).length);
    const globals = Object.keys(globalThis).filter((name) => !before.has(name));
    // Pipes are the process's own.
    const active = process.getActiveResourcesInfo().filter((name) => !/^(CloseReq|PipeWrap)$/.test(name));
    console.log(JSON.stringify({ modules, globals, active, isSameEnv: JSON.stringify(process.env) === env }));
  `;
  await writeFile(join(folder, 'imports.mjs'), program);
  for (const node of NODES) {
    const seen = JSON.parse(await shell.run(`npx -y -p node@${node} node imports.mjs`, folder));
    assert.ok(
      seen.modules.every((count: number) => count > 0),
      `node ${node}`,
    );
    assert.deepEqual(
      { ...seen, modules: names.length, globals: seen.globals.filter((name: string) => !FOREIGN.test(name)) },
      { modules: names.length, globals: [], active: [], isSameEnv: true },
      `node ${node}`,
    );
  }
}
