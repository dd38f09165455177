/** The summary of `npm run remove` before its confirmation. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { MOST, openWork, removalText } from '../../infra/deploy/open-work.ts';
import { ROOT } from '../../infra/roots.ts';
import { defineApp, defineFlow, FatalError } from '../../lib/index.ts';
import { createTestkit } from '../../lib/testing.ts';

const flow = defineFlow({ name: 'asks', input: z.string() });
flow.to('ask', (ctx) => {
  if (ctx.input === 'fails') throw new FatalError('broken');
  return ctx.input === 'waits' ? ctx.pauseFor({ type: 'question' }) : null;
});
const other = defineFlow({ name: 'other' });
other.to('end', () => null);

test('remove counts open executions and pending waits', async () => {
  const kit = createTestkit(defineApp({ flows: [flow, other] }));
  for (const input of ['waits', 'waits', 'fails', 'ends']) {
    await kit.client.start('asks', input, input === 'fails' ? { autoClose: false } : {});
  }
  await kit.client.start('other', null);
  await kit.drain();
  const work = await openWork(kit.ports.executions, ['asks', 'other']);
  assert.deepEqual(work, { open: [{ flow: 'asks', count: 3 }], waiting: 2 });
});

test('remove lists open and retained data', () => {
  const text = removalText('flows-dev', ['the table', 'the key'], {
    open: [{ flow: 'asks', count: MOST }],
    waiting: 2,
  });
  assert.match(text, /removes the stack flows-dev/);
  assert.match(text, /asks: 1000 or more/);
  assert.match(text, /2 executions wait for answers/);
  assert.match(text, /are kept, because they cannot be made again: the table, the key\./);
  assert.match(removalText('flows-dev', [], { open: [], waiting: 0 }), /No execution is open\./);
  assert.match(removalText('flows-dev', [], { problem: 'denied' }), /could not be read: denied/);
});

test('remove removes nothing without a terminal, unless --yes is given', () => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'remove', '--', '--stage', 'dev'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_MAX_ATTEMPTS: '1',
      npm_config_update_notifier: 'false',
      NODE_ENV: 'test',
    },
  });
  assert.equal(status, 2, stdout + stderr);
  assert.match(stdout, /removes the stack durable-triggerflow-dev/);
  assert.match(stderr, /There is no terminal to ask at\. Repeat it with --yes/);
  assert.ok(!stdout.includes(join(ROOT, '.serverless')));
});
