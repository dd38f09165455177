/** Properties that only the whole service shows: its table from outside, a stopped queue, a restart. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import { streamPk, unpack } from '../../lib/adapters/dynamodb/item-layout.ts';
import type { Head } from '../../lib/engine/head.ts';
import { HANG_MS } from '../limits.ts';
import { fieldsOf, refundsOf } from './drivers/driver.ts';
import { type HttpDriver, openHttp } from './drivers/http-driver.ts';
import { openQueue } from './queue.ts';

const YES = { value: { approved: true }, actor: 'ann' };

describe('refund approval, the service', { timeout: HANG_MS }, () => {
  let driver: HttpDriver | undefined;
  before(async () => {
    driver = await openHttp();
  });
  after(() => driver?.close());
  const open = () => driver ?? assert.fail('not open');

  const noticesOf = (executionId: string) =>
    open()
      .logged('refund settled')
      .filter((line) => line.executionId === executionId);

  async function query(pk: string): Promise<Record<string, AttributeValue>[]> {
    const { Items = [] } = await open()
      .dynamo()
      .send(
        new QueryCommand({
          TableName: open().tableName(),
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': { S: pk } },
          ConsistentRead: true,
        }),
      );
    return Items;
  }

  it('keeps an execution in one item without active work after the close', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    const wait = await waiting('table');
    const [before, ...others] = await query('x#table');
    assert.ok(before);
    assert.deepEqual(others, []);
    assert.deepEqual({ sk: before.sk, open: before.open }, { sk: { S: '-' }, open: { BOOL: true } });
    assert.equal((JSON.parse(unpack(before.body)) as Head).interrupts[0]?.id, wait.interruptId);

    await answer(wait, YES);
    await reach('table', 'completed');
    const [item, ...more] = await query('x#table');
    assert.ok(item);
    assert.deepEqual(more, []);
    // It keeps a sweep time, because its retention ends one day.
    const names = ['body', 'fKey', 'inc', 'open', 'ord', 'pk', 'rev', 'sk', 'wAt', 'wShard'];
    assert.deepEqual(Object.keys(item).sort(), names);
    assert.deepEqual(item.open, { BOOL: false });
    const head = JSON.parse(unpack(item.body)) as Head;
    const { leases, activations, signals, interrupts, joins, frames, outbox, ledger, state } = head;
    assert.deepEqual(
      { leases, activations, signals, interrupts, joins, frames, outbox },
      { leases: [], activations: [], signals: [], interrupts: [], joins: [], frames: {}, outbox: [] },
    );
    assert.deepEqual(state, { decision: { v: { approved: true, by: 'manager' } } });
    assert.deepEqual(
      ledger.map((entry) => [entry.kind, entry.id, 'value' in entry]),
      [['resume', wait.interruptId, false]],
    );

    const stream = await query(streamPk({ executionId: 'table', inc: item.inc?.S ?? '' }));
    assert.deepEqual(
      stream.map(({ sk, body }) => [Number(sk?.S), JSON.parse(unpack(body)).length]),
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    );
    assert.equal(noticesOf('table').length, 1);
  });

  it('runs the listeners of a signal once when the queue is back', async () => {
    const { waiting, answer, execution, reach, list } = refundsOf(open());
    const { host } = open();
    const wait = await waiting('stopped');
    await host().pump.stop();
    const queue = openQueue(host(), open().until);
    try {
      assert.equal((await answer(wait, YES)).status, 200);
      assert.equal((await execution('stopped')).status, 'running');
      // One wake-up of the resume: `settle` runs, and its emit becomes a separate message.
      const wakeUp = await queue.take({ executionId: 'stopped', kind: 'wake' });
      assert.deepEqual(await host().invoke('step', queue.event(wakeUp)), { batchItemFailures: [] });
      await queue.remove(wakeUp);
      await queue.seen({ executionId: 'stopped', kind: 'signal' });
      // A sweep sends wake-ups and runs no chunks.
      await host().invoke('schedule', {});

      const stopped = await execution('stopped');
      assert.deepEqual(
        { status: stopped.status, lifecycle: stopped.lifecycle },
        { status: 'running', lifecycle: 'open' },
      );
      assert.deepEqual(stopped.state, { decision: { approved: true, by: 'manager' } });
      const listed = (await list('?status=open')).items.find(({ executionId }) => executionId === 'stopped');
      const { state: _state, input: _input, ...facts } = stopped;
      assert.deepEqual(listed, { ...facts, title: 'stopped', now: 'has work to do', waiting: 0 });
      const record = await open().record('stopped');
      assert.deepEqual(
        {
          signals: record?.head.signals.map(({ name }) => name),
          activations: record?.head.activations,
          leases: record?.head.leases,
        },
        { signals: ['refundSettled'], activations: [], leases: [] },
      );
      assert.deepEqual(await open().stream('stopped'), []);
      assert.deepEqual(noticesOf('stopped'), []);

      host().pump.start();
      await reach('stopped', 'completed');
      await queue.empty();
      assert.equal(noticesOf('stopped').length, 1);
      assert.equal((await open().stream('stopped')).length, 1);
      assert.deepEqual(
        await open()
          .record('stopped')
          .then((closed) => closed?.head.signals),
        [],
      );
    } finally {
      queue.close();
      host().pump.start();
    }
  });

  it('continues after a restart with lost messages, and old callback URLs work', async () => {
    const { waiting, answer, execution, reach } = refundsOf(open());
    const [pending, answered] = [await waiting('restart-1'), await waiting('restart-2')];
    await open().host().pump.stop();
    const first = await answer(answered, YES);
    assert.equal(first.status, 200, first.text);
    const before = await execution('restart-1');

    await open().restart();

    assert.deepEqual(await execution('restart-1'), before);
    await reach('restart-2', 'completed');
    const again = await answer(answered, YES);
    assert.deepEqual(
      { text: again.text, idempotentReplay: again.headers['idempotent-replay'] },
      { text: first.text, idempotentReplay: 'true' },
    );
    assert.equal((await open().send('GET', pending.callbackUrl)).status, 200);
    const late = await answer(pending, { value: { approved: false }, actor: 'bob' });
    assert.equal(fieldsOf(late).outcome, 'accepted', late.text);
    const closed = await reach('restart-1', 'completed');
    assert.deepEqual(closed.result, { decision: { approved: false, by: 'manager' } });
    for (const id of ['restart-1', 'restart-2']) assert.equal(noticesOf(id).length, 1);
  });

  it('has no fault', () => {
    assert.deepEqual(open().faults(), []);
  });
});
