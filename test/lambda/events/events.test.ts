import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { createScheduleHandler } from '../../../lib/adapters/lambda/events/schedule.ts';
import { createStepHandler } from '../../../lib/adapters/lambda/events/sqs.ts';
import { parseQueueMessage } from '../../../lib/adapters/sqs/queue.ts';
import { FlowError } from '../../../lib/errors/errors.ts';
import type { Client, SignalAnswer } from '../../../lib/runtime/client/types.ts';
import type { Worker } from '../../../lib/runtime/worker/worker.ts';
import { clock, NOW, recorder } from '../support.ts';

const context = { getRemainingTimeInMillis: () => 25_000 };

const nobody: Client['signal'] = async () => assert.fail('no signal was sent');

async function step(bodies: readonly string[], handle: Worker['handle'], signal = nobody) {
  const { log, lines } = recorder();
  const Records = bodies.map((body, i) => ({ messageId: `m${i}`, body }) as SQSRecord);
  const event: SQSEvent = { Records };
  const handler = createStepHandler({ worker: { handle }, client: { signal }, parse: parseQueueMessage, clock, log });
  const { batchItemFailures } = await handler(event, context);
  return { failed: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier), lines };
}

const wake = (executionId: string) => JSON.stringify({ kind: 'wake', executionId });

describe('the step function', () => {
  it('passes the batch to the worker with the deadline of the invocation', async () => {
    const { failed } = await step([wake('a'), wake('b')], async (messages, deadline) => {
      assert.deepEqual(messages, [
        { kind: 'wake', executionId: 'a' },
        { kind: 'wake', executionId: 'b' },
      ]);
      assert.equal(deadline, NOW + 25_000);
      return ['done', 'done'];
    });
    assert.deepEqual(failed, []);
  });

  it('reports failed and unreadable messages and deletes the rest', async () => {
    const { failed, lines } = await step([wake('a'), 'canary', wake('b'), wake('c'), '{"kind":"x"}'], async () => [
      'done',
      'failed',
      'done',
    ]);
    assert.deepEqual(failed.sort(), ['m1', 'm2', 'm4']);
    assert.equal(lines.length, 2);
    assert.doesNotMatch(lines.join(), /canary/);
  });

  it('does not call the worker for an empty batch', async () => {
    const { failed } = await step(['', 'null'], async () => assert.fail());
    assert.deepEqual(failed, ['m0', 'm1']);
  });

  it('throws a failure of the worker, so the whole batch is retried', async () => {
    await assert.rejects(
      step([wake('a')], () => Promise.reject(new Error('down'))),
      /down/,
    );
  });
});

describe('signals that other systems put on the queue', () => {
  const signal = (more: object = {}) =>
    JSON.stringify({ executionId: 'x', signal: 'paid', value: { cents: 5 }, signalId: 's-1', ...more });
  const idle = async () => assert.fail('no worker is needed');

  it('are accepted once by their id, with their correlation', async () => {
    const seen: unknown[] = [];
    const take: Client['signal'] = async (...given) => {
      seen.push(given);
      return 'accepted';
    };
    assert.deepEqual((await step([signal(), signal({ correlation: 'o-7' })], idle, take)).failed, []);
    assert.deepEqual(seen, [
      ['x', 'paid', { cents: 5 }, { requestId: 's-1' }],
      ['x', 'paid', { cents: 5 }, { requestId: 's-1', correlation: 'o-7' }],
    ]);
  });

  for (const [answer, stays] of [
    ['duplicate', false],
    ['ignored', false],
    ['unknown', true],
    ['mismatch', true],
    ['busy', true],
  ] as const satisfies readonly (readonly [SignalAnswer, boolean])[]) {
    it(`${stays ? 'are retried' : 'are deleted'} when the answer is ${answer}`, async () => {
      const { failed } = await step([signal()], idle, async () => answer);
      assert.deepEqual(failed, stays ? ['m0'] : []);
    });
  }

  it('are retried up to the dead-letter queue when they violate the contract', async () => {
    const { failed, lines } = await step([signal()], idle, async () => {
      throw new FlowError('invalid_value', 'signal paid: no number');
    });
    assert.deepEqual(failed, ['m0']);
    assert.equal(lines.length, 1);
  });

  for (const bad of [{ signalId: undefined }, { signalId: 'a b' }, { signal: '' }, { executionId: 7 }, { more: 1 }]) {
    it(`are unreadable with ${JSON.stringify(bad)}`, async () => {
      assert.deepEqual((await step([signal(bad)], idle)).failed, ['m0']);
    });
  }
});

describe('the schedule function', () => {
  it('sweeps until the deadline of the invocation', async () => {
    const { log, lines } = recorder();
    const sweep = async (deadline: number) => {
      assert.equal(deadline, NOW + 25_000);
      return { examined: 3, sent: 2, cleared: 1 };
    };
    await createScheduleHandler({ sweeper: { sweep }, clock, log })({}, context);
    assert.deepEqual(lines, ['{"message":"swept","examined":3,"sent":2,"cleared":1}']);
  });

  it('fails when the sweep fails', async () => {
    const sweep = () => Promise.reject(new Error('down'));
    await assert.rejects(
      createScheduleHandler({ sweeper: { sweep }, clock, log: recorder().log })({}, context),
      /down/,
    );
  });
});
