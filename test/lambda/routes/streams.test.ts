import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client, StreamPage } from '../../../lib/runtime/client/types.ts';
import { createReader } from '../../../lib/runtime/view/reader.ts';
import { createTestkit } from '../../../lib/testing.ts';
import app from '../../scenarios/talk-app.ts';
import { callApi, NOW, refusalOf } from '../support.ts';

const EMPTY: StreamPage = { items: [], cursor: 0, ended: false };
const ITEM = { seq: 1, chunk: 'say', attempt: 1, item: { word: 'a' } };
const ONE: StreamPage = { items: [ITEM], cursor: 1, ended: false };

/** A clock that sleeps advance, and a client that returns these pages, repeating the last. */
async function read(query: Readonly<Record<string, string>>, pages: readonly (StreamPage | undefined)[]) {
  const pauses: number[] = [];
  const asked: unknown[] = [];
  let now = NOW;
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
  };
  const readStream: Client['readStream'] = async (...given) => {
    asked.push(given);
    return pages[Math.min(asked.length, pages.length) - 1];
  };
  const answer = await callApi(
    'GET /executions/{id}/stream',
    { path: { id: 'x-1' }, query },
    { readStream },
    { clock },
  );
  return { ...answer, pauses, asked };
}

describe('streams over HTTP', () => {
  it('return the items after a position and the next cursor', async () => {
    const answer = await read({ after: '6', limit: '3' }, [{ ...ONE, cursor: 7 }]);
    assert.equal(answer.statusCode, 200);
    assert.deepEqual(answer.json, { items: [ITEM], cursor: 7, ended: false });
    assert.deepEqual(
      { asked: answer.asked, pauses: answer.pauses },
      { asked: [['x-1', { after: 6, limit: 3 }]], pauses: [] },
    );
  });

  it('do not wait unless asked', async () => {
    const answer = await read({}, [EMPTY]);
    assert.deepEqual({ json: answer.json, pauses: answer.pauses }, { json: EMPTY, pauses: [] });
    assert.deepEqual(answer.asked, [['x-1', { after: 0, limit: 50 }]]);
  });

  it('answer when there is an item, polling ever more slowly', async () => {
    const answer = await read({ wait: '25' }, [...Array<StreamPage>(6).fill(EMPTY), ONE]);
    assert.deepEqual(answer.json, { items: [ITEM], cursor: 1, ended: false });
    assert.deepEqual(answer.pauses, [100, 200, 400, 800, 1_000, 1_000]);
  });

  it('answer with no items at the end of the wait, after one last look', async () => {
    const answer = await read({ wait: '2', after: '9' }, [{ ...EMPTY, cursor: 9 }]);
    assert.deepEqual(answer.json, { items: [], cursor: 9, ended: false });
    assert.deepEqual(answer.pauses, [100, 200, 400, 800, 500]);
    assert.equal(answer.asked.length, answer.pauses.length + 1);
  });

  it('do not wait for an ended stream', async () => {
    const answer = await read({ wait: '25' }, [EMPTY, { ...EMPTY, ended: true }]);
    assert.deepEqual({ ended: answer.json.ended, pauses: answer.pauses }, { ended: true, pauses: [100] });
  });

  it('answer 404 for an unknown execution, also one deleted during the wait', async () => {
    for (const pages of [[undefined], [EMPTY, undefined]]) {
      const answer = await read({ wait: '1' }, pages);
      assert.deepEqual(
        { statusCode: answer.statusCode, code: answer.json.code },
        { statusCode: 404, code: 'unknown_execution' },
      );
    }
    for (const id of ['a#b', '', 'x'.repeat(129)]) {
      const answer = await callApi('GET /executions/{id}/stream', { path: { id } });
      assert.deepEqual(refusalOf(answer), [404, 'unknown_execution', []]);
    }
  });

  it('refuse unknown parameters', async () => {
    const bad = [
      ...['-1', '1.5', 'x', '', '1e2', '9'.repeat(15)].map((after) => ({ after })),
      ...['0', '101', ''].map((limit) => ({ limit })),
      ...['26', '-1', '0.5', '', '025', '100'].map((wait) => ({ wait })),
      { cursor: '1' },
    ];
    for (const query of bad) {
      const answer = await read(query, [EMPTY]);
      assert.deepEqual(
        { refusal: refusalOf(answer), asked: answer.asked },
        { refusal: [400, 'invalid_request', []], asked: [] },
        JSON.stringify(query),
      );
      assert.match(answer.json.path, /^query/);
    }
  });

  it('leave oversized items for the next page', async () => {
    const items = Array.from({ length: 40 }, (_, i) => ({ ...ITEM, seq: i + 1, item: 'x'.repeat(300_000) }));
    const answer = await read({}, [{ items, cursor: 40, ended: true }]);
    const { length } = answer.json.items;
    assert.ok(length > 10 && length < 20, `${length} items`);
    assert.deepEqual({ cursor: answer.json.cursor, ended: answer.json.ended }, { cursor: length, ended: false });
    assert.ok(Buffer.byteLength(answer.body) < 5 * 1024 * 1024);
  });
});

it('are not reported as ended before their last item when they end during the read', async () => {
  const kit = createTestkit(app);
  await kit.client.start('talk', null, { id: 't-1' });
  await kit.drain();
  const { streams } = kit.ports;
  const read: typeof streams.read = async (...given) => {
    const found = await streams.read(...given);
    await kit.client.signal('t-1', 'say', { word: 'bye' });
    await kit.client.close('t-1');
    await kit.drain();
    return found;
  };
  const reader = createReader(app, { ...kit.ports, streams: { ...streams, read } });
  const first = await reader.readStream('t-1', { after: 0, limit: 10 });
  assert.deepEqual(
    { itemCount: first?.items.length, cursor: first?.cursor, ended: first?.ended },
    { itemCount: 1, cursor: 1, ended: false },
  );
  const second = await kit.client.readStream('t-1', { after: 1, limit: 10 });
  assert.deepEqual(
    { items: second?.items.map(({ item }) => item), ended: second?.ended },
    { items: [{ word: 'bye' }], ended: true },
  );
});
