/** A start over HTTP can only tighten the limits of its flow; a start in the same process may loosen them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createApiHandler } from '../../../lib/adapters/lambda/routes/api.ts';
import { defineApp, defineFlow, defineTaskFlow, type ExecutionDefaults } from '../../../lib/index.ts';
import { createTestkit } from '../../../lib/testing.ts';
import { makeLink, recorder, request } from '../support.ts';

const retry = { maxAttempts: 3, initialDelay: 1_000, factor: 2 };
const execution: ExecutionDefaults = { hopBudget: 100, concurrency: 4 };

function rig() {
  const stated = defineFlow({ name: 'stated', execution, defaults: { retry, timeout: 5_000 } });
  stated.to('a', () => 1);
  const silent = defineFlow({ name: 'silent' });
  silent.to('a', () => 1);
  const child = defineFlow({ name: 'child', defaults: { retry: { maxAttempts: 2 }, timeout: 100 } });
  child.to('inside', () => 1);
  const parent = defineFlow({ name: 'parent' });
  parent.subFlow(child);
  const own = defineFlow({ name: 'own', defaults: { retry } });
  own.to(own.chunk('many', { retry: { maxAttempts: 9 } }, () => 1));
  const tasks = defineTaskFlow({ name: 'tasks', execution, defaults: { retry }, kinds: { one: () => 1 } });
  const app = defineApp({ flows: [stated, silent, parent, own], taskFlows: [tasks] });
  const kit = createTestkit(app);
  const api = createApiHandler({ ...kit.ports, app, client: kit.client, makeLink, log: recorder().log });
  const start = async (flow: string, options: unknown) => {
    const input = flow === 'tasks' ? { tasks: [{ id: 'a', kind: 'one' }] } : null;
    const parts = { path: { flow }, headers: { 'idempotency-key': 'x' }, body: JSON.stringify({ input, options }) };
    const { statusCode, body } = await api(request('POST /flows/{flow}/executions', parts));
    return { statusCode, path: JSON.parse(body).path as unknown };
  };
  return { kit, start };
}

const tooMuch: readonly (readonly [flow: string, path: string, options: object])[] = [
  ['stated', 'hopBudget', { hopBudget: 101 }],
  ['stated', 'concurrency', { concurrency: 5 }],
  ['stated', 'defaults.timeout', { defaults: { timeout: 5_001 } }],
  ['stated', 'defaults.retry.maxAttempts', { defaults: { retry: { maxAttempts: 4 } } }],
  ['stated', 'defaults.retry.initialDelay', { defaults: { retry: { initialDelay: 999 } } }],
  ['stated', 'defaults.retry.factor', { defaults: { retry: { factor: 1.5 } } }],
  ['own', 'defaults.retry.initialDelay', { defaults: { retry: { maxAttempts: 1, initialDelay: 0 } } }],
  ['parent', 'defaults.retry.maxAttempts', { defaults: { retry: { maxAttempts: 3 } } }],
  ['parent', 'defaults.timeout', { defaults: { timeout: 101 } }],
  ['tasks', 'defaults.retry.maxAttempts', { defaults: { retry: { maxAttempts: 4 } } }],
  ['tasks', 'hopBudget', { hopBudget: 1_000 }],
  ['silent', 'defaults.retry.maxAttempts', { defaults: { retry: { maxAttempts: Number.MAX_SAFE_INTEGER } } }],
  ['silent', 'defaults.retry.maxAttempts', { defaults: { retry: { maxAttempts: 1e308 } } }],
  ['silent', 'defaults.retry.factor', { defaults: { retry: { factor: 1e300 } } }],
  ['silent', 'defaults.retry.initialDelay', { defaults: { retry: { initialDelay: 1e15 } } }],
  ['silent', 'defaults.timeout', { defaults: { timeout: 1e15 } }],
  ['silent', 'hopBudget', { hopBudget: 1e15 }],
  ['silent', 'concurrency', { concurrency: 1e15 }],
];

const enough: readonly (readonly [flow: string, options: object])[] = [
  ['stated', { hopBudget: 100, concurrency: 4, defaults: { retry, timeout: 5_000 } }],
  [
    'stated',
    { hopBudget: 1, concurrency: 1, defaults: { retry: { maxAttempts: 2, initialDelay: 2_000 }, timeout: 1 } },
  ],
  // With one attempt there are no retry delays.
  ['stated', { defaults: { retry: { maxAttempts: 1, initialDelay: 0, factor: 1 } } }],
  ['stated', { defaults: { retry: { maxAttempts: 2, factor: 1 } } }],
  [
    'silent',
    { hopBudget: 1_000, concurrency: 50, defaults: { retry: { maxAttempts: 50, initialDelay: 0 }, timeout: 9 } },
  ],
  ['parent', { defaults: { retry: { maxAttempts: 2, initialDelay: 0 }, timeout: 100 } }],
  ['tasks', { hopBudget: 10, defaults: { retry: { maxAttempts: 3 } } }],
];

describe('a start over HTTP', () => {
  for (const [flow, path, options] of tooMuch) {
    it(`can't loosen ${path} of ${flow}: ${JSON.stringify(options)}`, async () => {
      const { kit, start } = rig();
      assert.deepEqual(await start(flow, options), { statusCode: 400, path: `body.options.${path}` });
      assert.equal(await kit.ports.executions.load('x'), undefined);
    });
  }

  for (const [flow, options] of enough) {
    it(`accepts ${JSON.stringify(options)} for ${flow}`, async () => {
      assert.equal((await rig().start(flow, options)).statusCode, 202);
    });
  }
});

describe('a start in the same process', () => {
  it('may loosen the limits of the flow', async () => {
    const { kit } = rig();
    const defaults = { retry: { maxAttempts: 50, initialDelay: 0, factor: 1 }, timeout: 60_000 };
    const { kind } = await kit.client.start('stated', null, { id: 'x', hopBudget: 1_000, concurrency: 50, defaults });
    assert.equal(kind, 'started');
  });
});
