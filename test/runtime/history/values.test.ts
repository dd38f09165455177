import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnyFlow, defineFlow, type Json } from '../../../lib/index.ts';
import type { HistoryItem } from '../../../lib/runtime/client/types.ts';
import { createKit, type Kit } from '../kit.ts';

const MONTH = 30 * 24 * 3_600_000;
const TEXT = 'ü'.repeat(5_000);
const LONG = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(200)}`);

async function ended(flow: AnyFlow): Promise<Kit> {
  const kit = createKit({ flows: [flow], resources: {} });
  await kit.client.start(flow.name, null, { id: 'e1' });
  await kit.drain();
  assert.equal((await kit.view('e1')).status, 'completed');
  await kit.clock.advance(MONTH);
  return kit;
}

async function outputs(kit: Kit): Promise<Record<string, HistoryItem>> {
  const found: Record<string, HistoryItem> = {};
  for await (const item of kit.client.history('e1'))
    if (item.type === 'attempt_succeeded' && item.chunk) found[item.chunk] = item;
  return found;
}

/** All of a value, as a caller puts its parts together. */
async function whole(kit: Kit, path: string): Promise<Json> {
  let text = '';
  for (let from: number | undefined = 0; from !== undefined; ) {
    const part = await kit.client.readValue('e1', path, { from });
    assert.ok(part);
    text += part.text;
    from = part.next;
  }
  return JSON.parse(text) as Json;
}

describe('values that a record shortens', () => {
  it('are read as a whole, as long as the record is there', async () => {
    const flow = defineFlow({ name: 'values' });
    flow
      .to('text', () => TEXT)
      .to('long', () => LONG)
      .to('small', () => null)
      .to('last', () => TEXT.toUpperCase());
    const kit = await ended(flow as AnyFlow);
    const { text, long, small, last } = await outputs(kit);
    assert.deepEqual([small?.output, small?.outputRef], [null, undefined]);
    for (const [item, expected] of [
      [text, TEXT],
      [long, LONG],
      [last, TEXT.toUpperCase()],
    ] as const) {
      const { seq, output, outputRef: { path = '', bytes } = {} } = item ?? assert.fail('no record');
      assert.equal(path, `history.${seq}.output`);
      assert.equal(bytes, Buffer.byteLength(JSON.stringify(expected)));
      assert.equal(output, JSON.stringify(expected).slice(0, 1_000));
      assert.deepEqual(await whole(kit, path), expected);
    }
  });

  it('are inputs, signals, answers and results of lists, too', async () => {
    const flow = defineFlow({ name: 'values' });
    flow
      .to('make', () => Array.from({ length: 20 }, (_, i) => `${i}${TEXT}`))
      .forEach((item) => item.to('each', ({ input }) => `${input}!`))
      .to('after', ({ input }) => (input as string[]).length);
    flow.to('emits', (ctx) => ctx.emitNowait('heard', TEXT));
    flow.when('heard').to('hears', () => null);
    const kit = await ended(flow as AnyFlow);
    const wanted = new Map<string, Json>();
    for await (const { type, chunk, inputRef, valueRef } of kit.client.history('e1')) {
      if (type === 'attempt_started' && chunk === 'each' && inputRef) wanted.set(inputRef.path, 'item');
      if (type === 'attempt_started' && chunk === 'after' && inputRef) wanted.set(inputRef.path, 'results');
      if (type === 'signal_accepted' && valueRef) wanted.set(valueRef.path, TEXT);
      if (type === 'attempt_started' && chunk === 'hears' && inputRef) wanted.set(inputRef.path, TEXT);
    }
    const counts = { item: 0, results: 0, text: 0 };
    for (const [path, what] of wanted) {
      const value = await whole(kit, path);
      if (what === 'item') {
        assert.match(String(value), /^\d+ü{5000}$/);
        counts.item += 1;
      } else if (what === 'results') {
        assert.deepEqual(
          value,
          Array.from({ length: 20 }, (_, i) => `${i}${TEXT}!`),
        );
        counts.results += 1;
      } else {
        assert.equal(value, TEXT);
        counts.text += 1;
      }
    }
    assert.deepEqual(counts, { item: 20, results: 1, text: 2 });
  });

  it('that are none are refused', async () => {
    const kit = await ended(defineFlow({ name: 'none' }) as AnyFlow);
    for (const path of ['history.1.output', 'history.99.input', 'history.1.error', 'history.x.input'])
      await assert.rejects(kit.client.readValue('e1', path), { code: 'invalid_request' }, path);
  });

  it('are not kept without values in the history', async () => {
    const flow = defineFlow({ name: 'times', execution: { history: 'times' } });
    flow.to('text', () => TEXT).to('small', () => null);
    const kit = await ended(flow as AnyFlow);
    const { text } = await outputs(kit);
    assert.deepEqual([text?.output, text?.outputRef], [undefined, undefined]);
  });
});
