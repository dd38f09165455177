/** What `npm start` prints of warnings (nothing), and how it ends. */
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
  /** Lines of its standard error. */
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
  // A group of its own, so that nothing is left behind.
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

test('the server warns of nothing and ends with the npm that started it', { timeout: HANG_MS }, async (t) => {
  const { child, printed, complaints } = await start(t, 'npm', ['start']);
  await printed('API ');
  child.kill('SIGTERM');
  // Of all that hold its output, the server is the last.
  await once(child, 'close', { signal: t.signal });
  // Settings of the machine that its npm does not know are not the project's.
  const ours = complaints.filter((line) => !/^npm warn unknown .*config/i.test(line));
  assert.deepEqual(ours, []);
});

const HALF: readonly Readonly<Record<string, string>>[] = [
  { JWT_ISSUER: 'https://issuer.example.com' },
  { JWT_AUDIENCE: 'flows' },
  { JWT_SCOPE_PREFIX: 'flows/' },
  { JWT_ISSUER: 'issuer.example.com', JWT_AUDIENCE: 'flows' },
];

test('settings for JWTs that are not whole end the server before it is open', { timeout: HANG_MS }, async (t) => {
  for (const settings of HALF) {
    const { child, complaints } = await start(
      t,
      process.execPath,
      ['--import', 'tsx', 'infra/local/main.ts'],
      settings,
    );
    const [code] = await once(child, 'close', { signal: t.signal });
    assert.equal(code, 1, JSON.stringify(settings));
    assert.match(complaints.join(), /^JWT_ISSUER is ".*", JWT_AUDIENCE is ".*"; set the URL of the issuer/);
  }
});

test('a second signal cuts off what runs, but not the same Ctrl-C, from the terminal and from npm', () => {
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
