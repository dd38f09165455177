/** The commands of the tutorial and the how-tos answer as their text says, on the service that `npm start` starts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Host, startHost } from '../../infra/local/host.ts';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { type Fence, fencesOf } from './markdown.ts';
import { type Unpacked, unpack } from './snippets.ts';

const DOCUMENT = 'functions/README.md';
/** The script `cli`, from any folder. */
const CLI = `'${process.execPath}' --import '${import.meta.resolve('tsx')}' '${join(ROOT, 'infra/cli.ts')}'`;
const fences = fencesOf(DOCUMENT);
const commands = fences.flatMap((fence, i) =>
  fence.language === 'sh' && fence.words.includes('run') ? [{ fence, answer: answerBehind(fences[i + 1]) }] : [],
);

function answerBehind(next: Fence | undefined): unknown {
  return next?.words.includes('answer') ? JSON.parse(next.code) : undefined;
}

/** Whether the document's answer is part of the real one. */
function has(whole: unknown, part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return whole === part;
  if (typeof whole !== 'object' || whole === null) return false;
  const entries = Object.entries(part);
  return entries.every(([key, value]) => has((whole as Record<string, unknown>)[key], value));
}

describe('the commands of functions/README.md', { timeout: HANG_MS }, () => {
  let unpacked: Unpacked;
  let host: Host;
  let dataDir: string;
  before(async () => {
    unpacked = await unpack(DOCUMENT);
    dataDir = await mkdtemp(join(tmpdir(), 'docs-host-'));
    host = await startHost({ port: 0, dataDir, app: unpacked.pathOf('functions/app.ts') });
  });
  after(async () => {
    await host.close();
    await unpacked.remove();
    await rm(dataDir, { recursive: true });
  });

  const shell = async (code: string) => {
    const there = code.replaceAll('http://127.0.0.1:3000', host.url).replaceAll('npm run -s cli --', CLI);
    // With NODE_TEST_CONTEXT set, `node --test` skips its files.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { stdout } = await promisify(execFile)('bash', ['-ec', there], {
      ...{ cwd: unpacked.pathOf('.'), env: { ...env, FLOW_URL: host.url } },
    });
    return stdout;
  };

  it('are found', () => {
    assert.ok(commands.filter(({ answer }) => answer !== undefined).length >= 6, String(commands.length));
    assert.deepEqual(
      [has({ a: [1, 2], b: 3 }, { a: [1] }), has({ a: 1 }, { a: 2 }), has({}, { a: 1 })],
      [true, false, false],
    );
  });

  it('answer as it says, in its order', async () => {
    for (const { fence, answer } of commands) {
      const end = Date.now() + HANG_MS / 10;
      for (;;) {
        const printed = await shell(fence.code);
        if (answer === undefined || has(JSON.parse(printed), answer)) break;
        assert.ok(Date.now() < end, `${fence.place} printed ${printed}`);
      }
    }
  });
});
