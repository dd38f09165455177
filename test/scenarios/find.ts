/** What went wrong, where, and what becomes of it: history, listings by attribute, redrives of many. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { HistoryItem } from '../../lib/runtime/client/types.ts';
import { type Driver, type Execution, fieldsOf, type Listed } from './drivers/driver.ts';
import { PARCELS } from './find-app.ts';

interface Row {
  readonly executionId: string;
  readonly title: string;
  readonly now: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

interface Bulk {
  readonly previewId: string;
  readonly executionId: string;
  readonly count: number;
  readonly sample: readonly string[];
  readonly byError: Readonly<Record<string, number>>;
}

function shipmentsOf(driver: Driver) {
  const read = async <T>(target: string): Promise<T> => {
    const answer = await driver.send('GET', target);
    assert.equal(answer.status, 200, answer.text);
    return JSON.parse(answer.text) as T;
  };
  const view = (id: string) => read<Execution>(`/executions/${id}`);
  const list = async (query: string) => (await read<Listed<Row>>(`/executions?flow=shipment&${query}`)).items;
  return {
    view,
    list,
    reach: (id: string, status: string) =>
      driver.until(
        () => view(id),
        (seen) => seen.status === status,
      ),
    found: (query: string, count: number) =>
      driver.until(
        () => list(query),
        (items) => items.length === count,
      ),
    async start(id: string, customer: string) {
      const body = { input: { customer, parcels: PARCELS }, options: { attributes: { channel: 'web' } } };
      const answer = await driver.send('POST', '/flows/shipment/executions', {
        headers: { 'idempotency-key': id },
        body,
      });
      assert.equal(answer.status, 202, answer.text);
    },
    async bulk(body: object, status = 202): Promise<Bulk> {
      const answer = await driver.send('POST', '/bulk', { body });
      assert.equal(answer.status, status, answer.text);
      return fieldsOf(answer) as unknown as Bulk;
    },
    /** The records are there soon after what they tell. */
    async history(id: string, enough: (items: readonly HistoryItem[]) => boolean) {
      return driver.until(() => readAll(id), enough);
    },
  };

  async function readAll(id: string): Promise<readonly HistoryItem[]> {
    const items: HistoryItem[] = [];
    for (let after = 0, ended = false; !ended; ) {
      const page = await read<{ items: HistoryItem[]; cursor: number }>(`/executions/${id}/history?after=${after}`);
      items.push(...page.items);
      after = page.cursor;
      ended = page.items.length === 0;
    }
    return items;
  }
}

const ACME = ['acme-1', 'acme-2', 'acme-3'];
const ids = (rows: readonly Row[]) => rows.map(({ executionId }) => executionId).sort();
const at = (items: readonly HistoryItem[], type: HistoryItem['type'], chunk: string) =>
  items.filter((item) => item.type === type && item.chunk === chunk);

/** A stage knows who has called, and keeps the name that the caller gave as a claim. */
const saidBy = (item: HistoryItem | undefined) => item?.claimed ?? item?.actor;

/** @param open returns the one driver of the run */
export function findCases(open: () => Driver): void {
  it('lists what waits by status and attribute, and its history says what was tried', async () => {
    const { start, reach, found, history } = shipmentsOf(open());
    for (const id of ACME) await start(id, 'acme');
    await start('other-1', 'other');
    for (const id of [...ACME, 'other-1']) await reach(id, 'waiting');
    const rows = await found('status=waiting&attr.customer=acme&attr.channel=web', 3);
    assert.deepEqual(ids(rows), ACME);
    const [row] = rows;
    assert.deepEqual(
      [row?.title, row?.now, row?.attributes],
      [
        'Shipment for acme',
        'waits for an answer (release)',
        { channel: 'web', customer: 'acme', title: 'Shipment for acme' },
      ],
    );
    assert.deepEqual(ids(await found('attr.customer=other&createdAfter=2020-01-01T00:00:00Z', 1)), ['other-1']);
    assert.deepEqual(await found('attr.customer=acme&status=failed', 0), []);
    const items = await history('acme-1', (all) => at(all, 'waiting', 'release').length === 1);
    const [failed] = at(items, 'attempt_failed', 'reserve');
    assert.equal(failed?.error?.message, 'the warehouse is busy');
    assert.ok(failed?.nextAt !== undefined);
    assert.equal(at(items, 'attempt_succeeded', 'reserve')[0]?.attempt, 2);
  });

  it('says who paused what waits, and who let it go on', async () => {
    const { history } = shipmentsOf(open());
    for (const call of ['pause', 'unpause']) {
      const answer = await open().send('POST', `/executions/other-1/${call}`, { body: { actor: 'eve' } });
      assert.deepEqual([answer.status, fieldsOf(answer).outcome], [202, 'applied'], answer.text);
    }
    const items = await history('other-1', (all) => all.filter(({ type }) => type === 'host').length === 2);
    assert.deepEqual(
      items.filter(({ type }) => type === 'host').map((item) => [item.action, saidBy(item)]),
      [
        ['pause', 'eve'],
        ['unpause', 'eve'],
      ],
    );
  });

  it('answers, finds the failed ones, and redrives those that a preview showed', async () => {
    const { reach, found, bulk, history, view } = shipmentsOf(open());
    const answered = await bulk({
      action: 'resume',
      type: 'release',
      value: { parcels: PARCELS },
      filter: { ids: [...ACME, 'other-1'] },
      ratePerSecond: 100,
      actor: 'ann',
    });
    assert.equal(answered.count, 4);
    for (const id of [...ACME, 'other-1']) await reach(id, 'failed');
    const [row] = await found('status=failed&attr.customer=acme', 3);
    assert.equal(row?.now, 'print: the printer is jammed');
    const before = await history('acme-1', (all) => at(all, 'attempt_failed', 'print').length === 3);
    assert.equal(at(before, 'attempt_succeeded', 'count').length, 1);
    const [answer] = at(before, 'answered', 'release');
    assert.deepEqual([saidBy(answer), answer?.bulk], ['ann', answered.executionId]);

    const filter = { flow: 'shipment', status: 'failed', attributes: { customer: 'acme' } };
    const preview = await bulk({ action: 'redrive', filter, dryRun: true }, 200);
    assert.deepEqual(
      [preview.count, [...preview.sample].sort(), preview.byError],
      [3, ACME, { 'Error: the printer is jammed': 3 }],
    );
    const { executionId } = await bulk({ previewId: preview.previewId, ratePerSecond: 100, actor: 'ben' });
    assert.equal(executionId, preview.previewId);
    const { result } = await reach(executionId, 'completed');
    assert.deepEqual([result?.total, result?.done, result?.refused], [3, 3, 0]);
    for (const id of ACME) assert.deepEqual((await reach(id, 'completed')).result?.shipped, PARCELS);
    assert.equal((await view('other-1')).status, 'failed');
    assert.deepEqual(await found('status=failed&attr.customer=acme', 0), []);

    const items = await history('acme-2', (all) => all.at(-1)?.type === 'closed');
    assert.equal(at(items, 'attempt_failed', 'print').length, 3);
    assert.equal(at(items, 'attempt_succeeded', 'print').length, PARCELS);
    const redriven = items.find(({ type }) => type === 'redriven');
    assert.deepEqual([saidBy(redriven), redriven?.bulk], ['ben', executionId]);
  });

  it('cancels what is left, and says why it refuses what is gone', async () => {
    const { reach, bulk } = shipmentsOf(open());
    const order = { action: 'redrive', filter: { ids: ['other-1', 'acme-1', 'never-started'] }, ratePerSecond: 100 };
    const { executionId } = await bulk(order);
    const { result } = await reach(executionId, 'completed');
    assert.deepEqual([result?.total, result?.done, result?.refused], [2, 1, 1]);
    assert.deepEqual(result?.byError, { 'nothing has failed': 1 });
    await reach('other-1', 'completed');
  });

  it('runs one again from a step with other input, and says where it cannot', async () => {
    const { reach, history, view, found } = shipmentsOf(open());
    const items = await history('acme-1', (all) => at(all, 'attempt_started', 'numbers').length === 1);
    const begun = (chunk: string) => at(items, 'attempt_started', chunk)[0];
    const rerun = (chunk: string) => {
      const body = { from: begun(chunk)?.activationId, input: { numbers: [1, 2, 3] }, actor: 'ann' };
      const headers = { 'idempotency-key': 'acme-1-again' };
      return open().send('POST', '/executions/acme-1/rerun', { headers, body });
    };
    assert.deepEqual(
      [begun('numbers')?.rerun, begun('count')?.rerun, begun('print')?.rerun],
      [true, undefined, undefined],
    );
    for (const inside of ['count', 'print']) {
      const answer = await rerun(inside);
      assert.deepEqual([answer.status, fieldsOf(answer).code], [409, 'rerun_unavailable'], inside);
    }
    for (const outcome of ['rerun', 'exists']) {
      const answer = await rerun('numbers');
      assert.equal(answer.status, 202, answer.text);
      assert.deepEqual(fieldsOf(answer), { executionId: 'acme-1-again', forkedFrom: 'acme-1', outcome });
    }
    assert.equal((await reach('acme-1-again', 'completed')).result?.shipped, 3);
    assert.equal((await view('acme-1')).result?.shipped, PARCELS);
    const [made] = (await history('acme-1', (all) => all.at(-1)?.type === 'forked')).slice(-1);
    assert.deepEqual([made?.to, saidBy(made)], ['acme-1-again', 'ann']);
    assert.deepEqual(ids(await found('attr.customer=acme', 4)), [...ACME, 'acme-1-again'].sort());
  });

  it('erases what nobody may keep', async () => {
    const { reach, bulk, found } = shipmentsOf(open());
    const filter = { attributes: { customer: 'acme' }, ids: ['acme-3', 'other-1'] };
    const { executionId } = await bulk({ action: 'erase', filter, actor: 'ann' });
    const { result } = await reach(executionId, 'completed');
    assert.deepEqual([result?.total, result?.done], [1, 1]);
    const answer = await open().send('GET', '/executions/acme-3');
    assert.deepEqual([answer.status, fieldsOf(answer).code], [410, 'erased']);
    assert.deepEqual(ids(await found('attr.customer=acme', 3)), ['acme-1', 'acme-1-again', 'acme-2']);
    const again = await bulk({ action: 'erase', filter: { ids: ['acme-3'] } });
    assert.equal(again.count, 0);
  });
}
