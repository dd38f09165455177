/** What the README says is so: its code compiles and runs, its routes and scripts are the ones there are. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../infra/build.ts';
import { loadService, routesOf } from '../infra/local/service.ts';
import type { Testkit } from '../lib/testing.ts';

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

/** A block of code becomes a module: around it is what a reader would have elsewhere. */
interface Block {
  readonly file: string;
  /** Text that only this block has. */
  readonly mark: string;
  readonly before?: string;
  readonly after?: string;
}

const BLOCKS: readonly Block[] = [
  { file: 'flow.ts', mark: 'defineFlow({' },
  {
    file: 'app.ts',
    mark: 'defineApp({',
    before: "import { defineApp } from 'durable-triggerflow'; import { refund } from './flow.ts'; class SesMailer {}",
  },
  {
    file: 'host.ts',
    mark: 'createLocalHost(app)',
    before: "import app from './app.ts';",
    after: 'export { result, meta };',
  },
  { file: 'kit.ts', mark: 'createTestkit(app)', before: "import app from './app.ts';", after: 'export { kit };' },
];

function codeOf(language: string): string[] {
  return Array.from(readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)).flatMap(([, name, code]) =>
    name === language && code ? [code] : [],
  );
}

/** A module folder inside the package, where its own name and its dependencies resolve. */
async function aside<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = join(ROOT, '.local');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'readme-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compile(folder: string): Promise<void> {
  const config = join(folder, 'tsconfig.json');
  const files = BLOCKS.map(({ file }) => file);
  await writeFile(config, JSON.stringify({ extends: join(ROOT, 'tsconfig.json'), include: [], files }));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', config]).catch((error: { stdout?: string }) =>
    assert.fail(error.stdout ?? String(error)),
  );
}

describe('README', () => {
  it('has code that compiles and does what it says', async () => {
    const blocks = codeOf('ts');
    assert.equal(blocks.length, BLOCKS.length, 'a block of code is new: say what stands around it');
    await aside(async (folder) => {
      for (const { file, mark, before = '', after = '' } of BLOCKS) {
        const [code, ...others] = blocks.filter((block) => block.includes(mark));
        assert.ok(code, `no block with ${mark}`);
        assert.deepEqual(others, []);
        await writeFile(join(folder, file), `${before}\n${code}\n${after}\n`);
      }
      await compile(folder);
      const { kit } = (await import(pathToFileURL(join(folder, 'kit.ts')).href)) as { kit: Testkit };
      const closed = await kit.client.get('r1');
      assert.deepEqual([closed?.status, closed?.result], ['completed', { approved: true }]);
      const local = (await import(pathToFileURL(join(folder, 'host.ts')).href)) as {
        result: unknown;
        meta: { status: string };
      };
      assert.deepEqual([local.meta.status, local.result], ['completed', { approved: true }]);
    });
  });

  it('names every route, and no other', async () => {
    const rows = Array.from(readme.matchAll(/^\| `([A-Z]+) ([^`?\s]+)/gm), ([, method, path]) => `${method} ${path}`);
    const routes = routesOf(await loadService('test')).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(rows.toSorted(), routes.toSorted());
  });

  it('names scripts that exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const code = [...codeOf('sh'), ...Array.from(readme.matchAll(/`([^`\n]+)`/g), ([, text = '']) => text)].join('\n');
    const run = Array.from(code.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g), ([, name]) => name);
    const short = Array.from(code.matchAll(/\bnpm (start|test|cit)\b/g), ([, name]) =>
      name === 'cit' ? 'test' : name,
    );
    const named = new Set([...run, ...short]);
    assert.ok(named.size >= 4, [...named].join());
    assert.deepEqual(
      [...named].filter((name) => name !== undefined && !Object.hasOwn(scripts, name)),
      [],
    );
  });
});
