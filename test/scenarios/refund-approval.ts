/** The refund scenario: the course of a refund and what callers may repeat. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import {
  assertProblem,
  contentsOf,
  type Driver,
  fieldsOf,
  LARGE,
  type Listed,
  refundsOf,
  SMALL,
  STARTS,
} from './drivers/driver.ts';

/** @param open returns the one driver of the run */
export function refundCases(open: () => Driver): void {
  it('approves a small refund by policy and reports it once', async () => {
    const { started, reach } = refundsOf(open());
    await started('small', SMALL);
    const closed = await reach('small', 'completed');
    // A stage knows who has started it.
    const fields = Object.keys(closed).filter((name) => name !== 'startedBy');
    assert.deepEqual(fields.sort(), [
      'autoClose',
      'closeReason',
      'closedAt',
      'createdAt',
      'executionId',
      'flow',
      'input',
      'interrupts',
      'keptUntil',
      'lifecycle',
      'result',
      'status',
    ]);
    assert.deepEqual(
      { executionId: closed.executionId, flow: closed.flow, lifecycle: closed.lifecycle },
      { executionId: 'small', flow: 'refund-approval', lifecycle: 'closed' },
    );
    assert.deepEqual(closed.result, { decision: { approved: true, by: 'policy' } });
    assert.deepEqual(closed.interrupts, []);
    assert.ok(Date.parse(closed.closedAt ?? '') >= Date.parse(closed.createdAt));
    await assertNotice(open(), 'small', { approved: true, by: 'policy' });
  });

  it('asks a person about a small refund that looks like fraud', async () => {
    const { started, reach } = refundsOf(open());
    await started('fraud', { ...SMALL, reason: 'URGENT, in cash' });
    assert.equal((await reach('fraud', 'waiting')).interrupts.length, 1);
  });

  it('waits with a large refund, continues with the approval and closes with the decision', async () => {
    const { waiting, interrupts, execution, answer, reach } = refundsOf(open());
    const wait = await waiting('large');
    const { question, ...facts } = wait.payload;
    assert.equal(question, 'Refund 500.00 for ticket T-1?');
    assert.deepEqual(facts, { ...LARGE, score: 10 });
    assert.deepEqual(
      { executionId: wait.executionId, flow: wait.flow, type: wait.type },
      { executionId: 'large', flow: 'refund-approval', type: 'approval' },
    );
    assert.ok(wait.callbackUrl.startsWith(`${open().baseUrl}/callbacks/`));
    const listed = (await interrupts()).items.find(({ executionId }) => executionId === 'large');
    const { callbackUrl: _, ...shown } = wait;
    assert.deepEqual({ ...listed, ...shown }, listed);
    const open1 = await execution('large');
    assert.deepEqual(
      { lifecycle: open1.lifecycle, state: open1.state, hasResult: 'result' in open1 },
      { lifecycle: 'open', state: {}, hasResult: false },
    );

    const accepted = await answer(wait, { value: { approved: true, note: 'fine' }, actor: 'ann' });
    assert.equal(accepted.status, 200, accepted.text);
    const { resolvedAt, resumeRequestId, ...rest } = fieldsOf(accepted);
    assert.deepEqual(rest, { outcome: 'accepted', executionId: 'large', interruptId: wait.interruptId });
    assert.ok(Date.parse(String(resolvedAt)) >= Date.parse(wait.createdAt));
    assert.equal(typeof resumeRequestId, 'string');

    const decision = { approved: true, by: 'manager', note: 'fine' };
    assert.deepEqual((await reach('large', 'completed')).result, { decision });
    await assertNotice(open(), 'large', decision);
    const left = (await interrupts()).items.filter(({ executionId }) => executionId === 'large');
    assert.deepEqual(left, []);
  });

  it('closes a rejected refund with the rejection', async () => {
    const { waiting, answer, reach } = refundsOf(open());
    await answer(await waiting('rejected'), { value: { approved: false } });
    const decision = { approved: false, by: 'manager' };
    assert.deepEqual((await reach('rejected', 'completed')).result, { decision });
    await assertNotice(open(), 'rejected', decision);
  });

  it('starts once per id: a repeat is the same execution, another input a conflict', async () => {
    const { waiting, start, answer, reach } = refundsOf(open());
    const wait = await waiting('again');
    const { ticket, amountCents, reason } = LARGE;
    const same = [LARGE, { reason, amountCents, ticket }, { ...LARGE, note: 'no part of the contract' }];
    const repeat = async (status: string) => {
      for (const input of same) {
        const answered = await start('again', input);
        assert.equal(answered.status, 202, answered.text);
        assert.deepEqual(fieldsOf(answered), { executionId: 'again', status });
      }
      const conflict = assertProblem(
        await start('again', { ...LARGE, amountCents: 50_001 }),
        409,
        'execution_conflict',
      );
      assert.equal(conflict.executionId, 'again');
    };
    const before = await contentsOf(open(), 'again');
    await repeat('waiting');
    assert.deepEqual(await contentsOf(open(), 'again'), before);
    await answer(wait, { value: { approved: true } });
    await reach('again', 'completed');
    await repeat('completed');
  });

  it('chooses an id for a start without one', async () => {
    const send = async () => fieldsOf(await open().send('POST', STARTS, { body: { input: SMALL } })).executionId;
    const ids = [String(await send()), String(await send())];
    assert.equal(new Set(ids).size, 2);
    for (const id of ids) {
      assert.match(id, /^[A-Za-z0-9_-]{1,128}$/);
      await refundsOf(open()).reach(id, 'completed');
    }
  });

  it('lists newest first, page by page', async () => {
    const { started, list, interrupts, reach } = refundsOf(open());
    const ids = ['l-1', 'l-2', 'l-3', 'l-4', 'l-5'];
    for (const id of ids) {
      await open().tick();
      await started(id, LARGE);
    }
    for (const id of ids) await reach(id, 'waiting');
    const newest = ids.toReversed();
    const idsOf = (items: readonly { executionId: string }[]) => items.map(({ executionId }) => executionId);
    // Schedules of the app may start other executions.
    const refunds = (query: string) => list(`${query}&flow=refund-approval`);
    for (const read of [refunds, interrupts]) {
      const pages = await pagesOf<{ executionId: string }>(read, '?limit=2', 3);
      assert.deepEqual(pages.map(idsOf), [
        newest.slice(0, 2),
        newest.slice(2, 4),
        [newest[4], idsOf(pages[2] ?? [])[1]],
      ]);
    }
    const everything = (await pagesOf(list, '?limit=3', 100)).flat();
    const times = everything.map(({ createdAt }) => createdAt);
    assert.deepEqual(times, times.toSorted().toReversed());
    assert.equal(new Set(idsOf(everything)).size, everything.length);
    const { items, cursor } = await refunds('?limit=100&status=open');
    assert.equal(cursor, undefined);
    assert.deepEqual(idsOf(items).slice(0, 5), newest);
    assert.ok(items.every(({ lifecycle }) => lifecycle === 'open'));
    const closed = everything.filter(({ flow, lifecycle }) => flow === 'refund-approval' && lifecycle === 'closed');
    assert.deepEqual((await refunds('?status=closed')).items, closed);
    assert.deepEqual(await list('?flow=no-such-flow'), { items: [] });
    assert.deepEqual(await list('?status=failed'), { items: [] });
  });
}

async function pagesOf<Item>(
  read: (query: string) => Promise<Listed<Item>>,
  query: string,
  most: number,
): Promise<(readonly Item[])[]> {
  const pages: (readonly Item[])[] = [];
  let cursor = '';
  while (pages.length < most) {
    const page = await read(`${query}${cursor}`);
    pages.push(page.items);
    if (page.cursor === undefined) break;
    cursor = `&cursor=${encodeURIComponent(page.cursor)}`;
  }
  return pages;
}

async function assertNotice(driver: Driver, executionId: string, decision: object): Promise<void> {
  const items = await driver.stream(executionId);
  assert.deepEqual(
    items.map(({ chunk, item }) => ({ chunk, item })),
    [{ chunk: 'notify', item: { notice: { ...decision, executionId } } }],
  );
}
