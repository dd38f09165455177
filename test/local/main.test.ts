/** `npm start` prints no warnings and ends cleanly. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { onSignals } from '../../infra/local/signals.ts';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { withoutSettings } from '../servers/environment.ts';

interface Started {
  readonly child: ChildProcess;
  readonly printed: (beginning: string) => Promise<void>;
  /** Lines on stderr. */
  readonly complaints: string[];
}

async function start(
  t: TestContext,
  command: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const LOCAL_DIR = await mkdtemp(join(tmpdir(), 'flow-main-'));
  const env = withoutSettings(process.env);
  // A separate process group, so that no child survives.
  const child = spawn(command, args, {
    ...{ cwd: ROOT, detached: true, env: { ...env, PORT: '0', LOCAL_DIR, ...settings } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(async () => {
    try {
      process.kill(-(child.pid ?? assert.fail('not started')), 'SIGKILL');
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ESRCH');
    }
    await rm(LOCAL_DIR, { recursive: true, force: true });
  });
  const lines = createInterface({ input: child.stdout });
  const printed = (beginning: string) =>
    new Promise<void>((done) => lines.on('line', (line) => line.startsWith(beginning) && done()));
  const complaints: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  return { child, printed, complaints };
}

test('the server prints no warnings and ends with its npm parent', { timeout: HANG_MS }, async (t) => {
  const { child, printed, complaints } = await start(t, 'npm', ['start']);
  await printed('API ');
  child.kill('SIGTERM');
  // The server is the last process that holds the output open.
  await once(child, 'close', { signal: t.signal });
  // Warnings about the machine's own npm settings are ignored.
  const ours = complaints.filter((line) => !/^npm warn unknown .*config/i.test(line));
  assert.deepEqual(ours, []);
});

const HALF: readonly Readonly<Record<string, string>>[] = [
  { JWT_ISSUER: 'https://issuer.example.com' },
  { JWT_AUDIENCE: 'flows' },
  { JWT_SCOPE_PREFIX: 'flows/' },
  { JWT_ISSUER: 'issuer.example.com', JWT_AUDIENCE: 'flows' },
];

test('incomplete JWT settings stop the server before it listens', { timeout: HANG_MS }, async (t) => {
  for (const settings of HALF) {
    const { child, complaints } = await start(
      t,
      process.execPath,
      ['--import', 'tsx', 'infra/local/main.ts'],
      settings,
    );
    const [code] = await once(child, 'close', { signal: t.signal });
    assert.equal(code, 1, JSON.stringify(settings));
    assert.match(complaints.join(), /^JWT_ISSUER is ".*", JWT_AUDIENCE is ".*"; set both, the URL of the issuer/);
  }
});

test('a second signal stops running work; the same Ctrl-C delivered twice does not', () => {
  const calls: string[] = [];
  let now = 7;
  const signalled = onSignals(
    () => now,
    () => calls.push('stop'),
    () => calls.push('cut'),
  );
  for (const later of [0, 400, 200]) {
    now += later;
    signalled();
  }
  assert.deepEqual(calls, ['stop', 'cut']);
});
