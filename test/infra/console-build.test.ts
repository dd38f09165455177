/** The built console: how much a browser loads before it shows something, and what it loads later. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { buildConsole } from '../../infra/console/build.ts';
import { type ConsoleFiles, readFiles } from '../../infra/console/files.ts';

const FIRST_VIEW = 260 * 1024;

describe('the built console', () => {
  let folder = '';
  let files: ConsoleFiles;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'));
    await buildConsole(folder);
    files = await readFiles(folder);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const textOf = (name: string) => files.get(name)?.content.toString('utf8') ?? assert.fail(`no ${name}`);
  /** The script and everything that it imports, also what it imports later. */
  const scripts = (name: string, found = new Set<string>()): ReadonlySet<string> => {
    if (found.has(name)) return found;
    found.add(name);
    for (const [, next = ''] of textOf(name).matchAll(/"\.\/(part-[\w-]+\.js)"/g)) scripts(next, found);
    return found;
  };

  it('loads at most 260 KB for its first view, with the graph and the font', () => {
    const fonts = [...files.keys()].filter((name) => name.endsWith('.woff2'));
    const loaded = ['index.html', 'console.css', ...fonts, ...scripts('console.js')];
    const size = loaded.reduce((sum, name) => sum + gzipSync(files.get(name)?.content ?? '').length, 0);
    assert.ok(fonts.length === 1 && loaded.length > 5, loaded.join(' '));
    assert.ok(size <= FIRST_VIEW, `${Math.ceil(size / 1024)} KB`);
  });

  it('keeps the layout engine in a worker file that only a graph asks for', () => {
    const worker = files.get('elk-worker.js');
    assert.ok(worker && worker.content.length > 1_000_000);
    for (const name of scripts('console.js')) {
      assert.ok((files.get(name)?.content.length ?? 0) < 400_000, `${name} holds the engine`);
    }
    assert.doesNotMatch(textOf('index.html'), /elk/);
    assert.doesNotMatch(textOf('console.js'), /elk-worker/, 'the first script does not name the worker');
  });

  it('asks nobody but its own origin', async () => {
    assert.doesNotMatch(textOf('console.css'), /url\((?!"?\.\/)[^)]*\)/);
    assert.doesNotMatch(await readFile(join(folder, 'index.html'), 'utf8'), /(src|href)="(?!\/console\/)/);
  });

  it('names the software that it contains', () => {
    const notices = textOf('NOTICES.md');
    for (const name of ['react', '@xyflow/react', 'elkjs', 'EPL-2.0', 'Inter']) assert.ok(notices.includes(name), name);
  });
});
