import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import type { ExportLine } from '../../../lib/runtime/client/types.ts';
import { callApi } from '../../lambda/support.ts';
import { createKit, type Kit } from '../kit.ts';

const TEXT = 'ü€😀'.repeat(300_000);

/** A run with a large output, a large key of the state, an answer and a wait. */
async function made(): Promise<Kit> {
  const flow = defineFlow({ name: 'audited' });
  flow
    .to('large', async (ctx) => {
      await ctx.state.set('note', 'short');
      await ctx.state.set('text', TEXT);
      return TEXT;
    })
    .to('first', (ctx) => ctx.pauseFor({ type: 'approval', id: 'first' }))
    .to('second', (ctx) => ctx.pauseFor({ type: 'approval', id: 'second', payload: { of: 'second' } }));
  const kit = createKit(defineApp({ flows: [flow] }));
  await kit.client.start('audited', { order: 7 }, { id: 'e1', interventionMode: 'auto' });
  await kit.drain();
  await kit.client.intervene('e1', { hint: 1 }, { author: 'bob' });
  await kit.client.resume('e1', 'first', { value: true, actor: 'ann', verified: true });
  await kit.drain();
  return kit;
}

async function all(kit: Kit): Promise<ExportLine[]> {
  const lines: ExportLine[] = [];
  for await (const line of kit.client.export('e1')) lines.push(line);
  return lines;
}

/** The texts of large values, put together by their paths. */
function texts(lines: readonly ExportLine[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    if (line.type !== 'value') continue;
    const before = found.get(line.path) ?? '';
    assert.equal(line.from, before.length);
    found.set(line.path, before + line.text);
  }
  return found;
}

describe('an export', () => {
  it('holds history, state, waits and answers, with all of the large values', async () => {
    const kit = await made();
    const lines = await all(kit);
    const [first] = lines;
    assert.ok(first?.type === 'execution');
    assert.deepEqual([first.execution.executionId, first.execution.status], ['e1', 'waiting']);
    assert.equal(lines.at(-1)?.type, 'end');
    const records = lines.flatMap((line) => (line.type === 'record' ? [line.record] : []));
    assert.deepEqual(
      records.map(({ seq }) => seq),
      records.map((_, i) => i + 1),
    );
    const history = await kit.client.readHistory('e1', {});
    assert.deepEqual(records, history?.items);
    const output = records.find(({ type, chunk }) => type === 'attempt_succeeded' && chunk === 'large');
    const values = texts(lines);
    assert.deepEqual(
      [...values].map(([path, text]) => [path, JSON.parse(text) === TEXT]).sort(),
      [
        [`history.${output?.seq}.output`, true],
        [`history.${(output?.seq ?? 0) + 1}.input`, true],
        ['state.text', true],
      ].sort(),
    );
    const states = lines.filter(({ type }) => type === 'state');
    assert.deepEqual(states, [
      { type: 'state', key: 'note', value: 'short' },
      { type: 'state', key: 'text', path: 'state.text', bytes: Buffer.byteLength(JSON.stringify(TEXT)) },
    ]);
    const [added] = lines.flatMap((line) => (line.type === 'intervention' ? [line.intervention] : []));
    assert.deepEqual([added?.payload, added?.author], [{ hint: 1 }, 'bob']);
    const [wait] = lines.flatMap((line) => (line.type === 'wait' ? [line.wait] : []));
    assert.deepEqual([wait?.interruptId, wait?.payload], ['second', { of: 'second' }]);
    const [answer] = lines.flatMap((line) => (line.type === 'answer' ? [line.answer] : []));
    assert.deepEqual(
      [answer?.id, answer?.outcome, answer?.actor, answer?.verified],
      ['first', 'accepted', 'ann', true],
    );
  });

  it('is the same in parts, each of which fits into a response', async () => {
    const kit = await made();
    const lines: unknown[] = [];
    let parts = 0;
    for (let query = {}; ; parts += 1) {
      const { client } = kit;
      const answer = await callApi(
        'GET /executions/{id}/export',
        { path: { id: 'e1' }, query },
        {
          readExport: client.readExport,
        },
      );
      assert.deepEqual([answer.statusCode, answer.headers['content-type']], [200, 'application/x-ndjson']);
      assert.ok(Buffer.byteLength(answer.body) < 4_000_000);
      const part = answer.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly type: string; readonly cursor?: string });
      const last = part.at(-1);
      lines.push(...part.filter(({ type }) => type !== 'more'));
      if (last?.type === 'end') break;
      assert.equal(last?.type, 'more');
      query = { cursor: last?.cursor };
    }
    assert.ok(parts > 2, `${parts} parts`);
    assert.deepEqual(lines, await all(kit));
  });

  it('goes on after each of its lines', async () => {
    const kit = await made();
    const lines = await all(kit);
    const seen: ExportLine[] = [];
    let reads = 0;
    for (let cursor: string | undefined; ; reads += 1) {
      const part = await kit.client.readExport('e1', { most: 1, ...(cursor && { cursor }) });
      assert.ok(part && reads < 100);
      seen.push(...part.lines);
      cursor = part.cursor;
      if (cursor === undefined) break;
    }
    assert.equal(reads, lines.length - 1);
    assert.deepEqual(seen, lines);
  });

  it('of an unknown execution is none, and foreign cursors are refused', async () => {
    const kit = await made();
    assert.equal(await kit.client.readExport('none'), undefined);
    await assert.rejects(kit.client.export('none').next(), { code: 'unknown_execution' });
    for (const cursor of ['x', Buffer.from('{"section":"all"}').toString('base64url')])
      await assert.rejects(kit.client.readExport('e1', { cursor }), { code: 'invalid_request' });
  });
});
