import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestkit } from 'durable-triggerflow/testing';
import app from '../app.ts';

test('a small refund is approved by policy', async () => {
  const kit = createTestkit(app);
  await kit.client.start('refund-approval', { ticket: 'T-1', amountCents: 5_000, reason: 'torn' }, { id: 'small' });
  await kit.drain(); // delivers wake-ups until nothing is due
  assert.deepEqual((await kit.client.get('small'))?.result, { decision: { approved: true, by: 'policy' } });
});

test('a large refund waits for a manager', async () => {
  const kit = createTestkit(app);
  await kit.client.start('refund-approval', { ticket: 'T-2', amountCents: 50_000, reason: 'torn' }, { id: 'large' });
  await kit.drain();
  const waiting = await kit.client.get('large');
  assert.equal(waiting?.status, 'waiting');

  await kit.advance(24 * 3_600_000); // a day passes: timers, leases, sweeps
  const interrupt = waiting.interrupts[0]?.interruptId ?? '';
  await kit.client.resume('large', interrupt, { value: { approved: false, note: 'too late' } });
  await kit.drain();
  const { result } = (await kit.client.get('large')) ?? {};
  assert.deepEqual(result, { decision: { approved: false, note: 'too late', by: 'manager' } });
});
