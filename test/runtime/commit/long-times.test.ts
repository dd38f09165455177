/** Times beyond the range of timers or dates last their full length or are refused before anything is stored. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWebhookExchange } from '../../../lib/exchange.ts';
import { createLocalHost } from '../../../lib/host.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const DAY = 86_400_000;
/** Neither a valid number of milliseconds nor one whose end is a valid date. */
const WRONG = [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, Number.MAX_VALUE];

describe('a timeout of an attempt', () => {
  it('may be longer than a timer can hold', async () => {
    for (const timeout of [2 ** 31 - 1, 2 ** 31, 400 * DAY, Number.MAX_SAFE_INTEGER]) {
      const flow = defineFlow({ name: 'long', defaults: { timeout, retry: { maxAttempts: 1 } } });
      flow.to('work', async (ctx) => {
        await new Promise((resolve) => setImmediate(resolve));
        await ctx.state.set('done', true);
      });
      const host = createLocalHost(defineApp({ flows: [flow] }));
      assert.deepEqual(await host.flow('long').start(null), { done: true }, String(timeout));
      await host.stop();
    }
  });
});

describe('a time without a valid date', () => {
  const flow = defineFlow({ name: 'due' });
  flow.to('a', (ctx) => ctx.pauseFor({ type: 'ask' }));

  it('is refused for an automatic close', async () => {
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    for (const autoCloseTimeout of WRONG) {
      assert.throws(() => defineFlow({ name: 'close', execution: { autoCloseTimeout } }), {
        code: 'definition_invalid',
        message: /autoCloseTimeout.*100 years, or null/,
      });
      await assert.rejects(kit.client.start('due', null, { id: 'x', autoCloseTimeout }), { code: 'invalid_request' });
    }
    assert.equal(await kit.client.get('x'), undefined);
  });

  it('is refused for the lease of a host', async () => {
    const host = createLocalHost(defineApp({ flows: [flow] }));
    const execution = await host.flow('due').startExecution(null);
    await execution.quiet();
    const document = await execution.save();
    for (const leaseTtl of WRONG) {
      const refused = { code: 'invalid_request', message: /at most 100 years/ };
      await assert.rejects(execution.claim('me', leaseTtl), refused);
      const options = { id: 'new', ownerId: 'me', leaseTtl };
      await assert.rejects(host.flow('due').createExecution(options), refused);
      await assert.rejects(host.load(document, options), refused);
      assert.equal(await host.client.get(options.id), undefined);
    }
    await execution.claim('me', 100 * 365 * DAY);
    assert.equal(await execution.heartbeat(30 * DAY), true);
    await assert.rejects(execution.heartbeat(Number.MAX_VALUE), { code: 'invalid_request' });
    await host.stop();
  });

  it('is refused for the acknowledgement of a webhook', () => {
    const secret = `whsec_${Buffer.alloc(32).toString('base64')}`;
    for (const timeout of [...WRONG, 0, 2 ** 31])
      assert.throws(() => createWebhookExchange({ url: 'https://x.test', secret, timeout }), /timeout/);
  });

  it('is at most a year for a retry', async () => {
    const times: number[] = [];
    const far = defineFlow({ name: 'far', defaults: { retry: { initialDelay: Number.MAX_VALUE, factor: 10 } } });
    far.to('a', () => {
      times.push(kit.clock.now());
      throw new Error('not yet');
    });
    const kit = createKit(defineApp({ flows: [far], resources: {} }));
    await kit.client.start('far', null, { id: 'x' });
    await kit.drain();
    const { head } = await kit.load('x');
    assert.equal(head.activations[0]?.dueAt, (times[0] ?? 0) + 365 * DAY);
  });
});
