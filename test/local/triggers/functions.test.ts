import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from 'aws-lambda';
import { createInvoke, type Handler } from '../../../infra/local/triggers/functions.ts';

function invokeOf(handler: Handler, timeoutSeconds = 5) {
  const invoke = createInvoke(new Map([['fn', { name: 'shop-local-fn', timeoutSeconds, memoryMb: 256, handler }]]));
  return (event: unknown = {}) => invoke('fn', event);
}

test('the context returns the remaining time of the function timeout', async () => {
  let context: Context | undefined;
  await invokeOf((_, given) => {
    context = given;
  })();
  assert.equal(context?.functionName, 'shop-local-fn');
  assert.equal(context?.memoryLimitInMB, '256');
  const left = context?.getRemainingTimeInMillis() ?? 0;
  assert.ok(left > 4_000 && left <= 5_000, String(left));
});

test('events and answers pass through JSON', async () => {
  const echo = invokeOf((event) => ({ event, at: new Date(0), none: undefined }));
  assert.deepEqual(await echo({ a: 1, none: undefined }), { event: { a: 1 }, at: '1970-01-01T00:00:00.000Z' });
  assert.equal(await invokeOf(() => undefined)(), undefined);
});

test('an exception, also before the first await, is the result', async () => {
  const failing = invokeOf(() => {
    throw new Error('early');
  });
  await assert.rejects(failing(), /early/);
  await assert.rejects(invokeOf(() => Promise.reject(new Error('late')))(), /late/);
});

test('an invocation ends at the timeout', async () => {
  const hanging = invokeOf(() => new Promise(() => undefined), 0.05);
  await assert.rejects(hanging(), /shop-local-fn: task timed out after 0.05 seconds/);
});

test('an unknown function is named in the error', async () => {
  await assert.rejects(createInvoke(new Map())('nobody', {}), /no function "nobody"/);
});
